//! What tests share beside `testkit`: the header, the project's own files, tshark with the plugin, the command; and what is made of the corpus: the score, the reference,
//! the tables of `data/`.

pub use ikewhy_testkit::{
    atlas, cases, corpus, engine, for_each, is_quiet, packets, pcap, quietly, root, text,
};

pub mod advice;
pub mod command;
pub mod data;
pub mod files;
pub mod originals;
pub mod own;
pub mod reference;
pub mod score;
pub mod somebody;
pub mod swapped;
pub mod tshark;
pub mod values;

/// The header as cbindgen makes it of `ffi/src`.
#[must_use]
pub fn header() -> String {
    let ffi = root().join("ffi");
    let config = cbindgen::Config::from_file(ffi.join("cbindgen.toml")).expect("ffi/cbindgen.toml");
    let mut builder = cbindgen::Builder::new().with_config(config);
    for source in ["status", "abi", "registry", "session"] {
        builder = builder.with_src(ffi.join("src").join(source).with_extension("rs"));
    }
    let mut header = Vec::new();
    builder.generate().expect("cbindgen").write(&mut header);
    String::from_utf8(header).expect("UTF-8")
}
