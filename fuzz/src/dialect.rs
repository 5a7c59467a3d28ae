//! A configuration or log of the dialect that the first byte says, whatever it looks like: the lexer and each reader, so that none is
//! kept from strange texts by how it is recognised. The dialects are those of the registry.

use crate::sound;
use ikewhy::policy;

/// Nothing of it breaks a reader, and what is shown of it is sound and short.
pub fn check(data: &[u8]) {
    let Some((&number, text)) = data.split_first() else {
        return;
    };
    let count = policy::kinds().count();
    let text = String::from_utf8_lossy(text);
    let read = policy::read_as(usize::from(number) % count, "peer.conf", &text);
    let read = read.expect("a dialect");
    assert!(read.connections.len() <= 1024 && read.notes.len() <= 64);
    for note in &read.notes {
        sound::line(&note.text.to_string());
    }
    for connection in &read.connections {
        sound::line(&connection.name);
        let lists = [&connection.local, &connection.remote, &connection.barred];
        for value in lists.into_iter().flatten().flat_map(|list| list.value.iter()) {
            sound::line(value);
        }
    }
    for said in read.entries.iter().flat_map(|entry| &entry.detail) {
        sound::line(&said.to_string());
    }
}

/// The file of a peer behind the number of its dialect, and once more behind that of another one.
#[must_use]
pub fn seeds(text: &[u8]) -> [Vec<u8>; 2] {
    let kind = policy::read("peer.conf", &String::from_utf8_lossy(text), None).kind;
    let own = policy::kinds().position(|known| known == kind).unwrap_or(0);
    let other = text.len() % policy::kinds().count();
    [own, other].map(|number| [&[number as u8], text].concat())
}
