// What the user does.

engine.catch(() => {
  message("This browser cannot run the page: it has no WebAssembly or no DecompressionStream, or does not allow them.");
  $("choose").disabled = true;
});

const taken = (list) => take([...list].map((blob) => ({ blob, name: blob.webkitRelativePath || blob.name })));

$("choose").onclick = () => $("files").click();
$("files").onchange = () => {
  taken($("files").files);
  $("files").value = "";
};

let depth = 0;
const over = (change) => {
  depth = Math.max(0, depth + change);
  document.body.classList.toggle("over", depth > 0);
};
addEventListener("dragenter", (event) => {
  event.preventDefault();
  over(1);
});
addEventListener("dragleave", () => over(-1));
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  over(-depth);
  dropped(event.dataTransfer).then(take, () => message("The browser does not give these files."));
});

$("cancel").onclick = cancel;
$("failed").onchange = showList;
$("redact").onchange = () => after(async () => {
  const before = chosen;
  await each(captures, "Reading", list);
  showOthers();
  showList();
  summary();
  if (before) await show(before.capture, before.stream, false);
});
$("save-json").onclick = saveJson;
$("clear").onclick = () => {
  cancel();
  clear();
};
$("back").onclick = back;
$("save").onclick = saveReport;
$("print").onclick = () => print();

// Escape leads from a report to its row, arrows from row to row.
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && $("shown").contains(document.activeElement)) return back();
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !document.activeElement.matches("button.row")) return;
  const buttons = [...$("list").querySelectorAll("button.row")];
  const next = buttons[buttons.indexOf(document.activeElement) + step];
  if (next) {
    event.preventDefault();
    next.focus();
  }
});
