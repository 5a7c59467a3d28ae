// ikewhy as a page. Files are taken and shown here; threads read them. Nothing is sent anywhere.
//
// start, threads, captures, list, report, page: one script, in this order (src/bin/assemble.rs).

const MOST = 2e9; // bytes of a capture
const MOST_FILES = 5000; // of a drop
const ROWS = 500; // of a capture, before more are asked for
const OPEN = 8; // captures that stay in memory,
const OPEN_MEMORY = 2 ** 29; // and bytes of it
const LONGEST = 8e6; // bytes of a report that is shown, not only saved
const CANCELLED = "was not read: you cancelled it";

const $ = (id) => document.getElementById(id);

const make = (tag, properties, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};

const count = (number, thing) => `${number.toLocaleString("en")} ${thing}${number === 1 ? "" : "s"}`;

const sized = (bytes) => {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
};

const message = (text) => {
  $("status").textContent = text;
};
