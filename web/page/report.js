// A report: the page that the engine writes, shown within this one, whose style and script are the same.

let chosen = null; // {capture, stream, written}: what is shown; of no stream: all of them

const show = async (capture, stream, move = true) => {
  let written;
  await each([capture], "Reading", async (_, progress) => {
    const thread = await opened(capture, progress);
    written = await thread.ask("report", { json: false, stream, redact: $("redact").checked });
  });
  summary();
  if (!written) return showList();
  chosen = { capture, stream, written };
  const what = stream === null ? "all negotiations" : `negotiation ${stream}`;
  $("shown-title").textContent = `Report on ${what} of ${shownName(capture)}`;
  if (written.size > LONGEST) {
    $("report").replaceChildren(make("p", {}, `This report has ${sized(written.size)}, which is too much to show here. Save it.`));
  } else {
    const page = new DOMParser().parseFromString(await written.text(), "text/html");
    page.querySelectorAll("script, style, meta, h1").forEach((element) => element.remove());
    $("report").replaceChildren(...page.body.childNodes);
    dress();
  }
  $("shown").hidden = false;
  mark();
  if (move) {
    $("shown").focus({ preventScroll: true });
    $("shown").scrollIntoView();
  }
};

const hideReport = () => {
  chosen = null;
  $("shown").hidden = true;
  $("report").replaceChildren();
};

// Back to the row whose report is shown.
const back = () => {
  const target = rowOf(chosen)?.querySelector("button") ?? $("choose");
  target.focus({ preventScroll: true });
  target.scrollIntoView({ block: "center" });
};

const save = (parts, name, type) => {
  const link = make("a", { href: URL.createObjectURL(new Blob(parts, { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
};

const saveReport = () => {
  const name = shownName(chosen.capture).split("/").pop().replace(/(\.(pcap|pcapng|cap|gz|zst))+$/, "");
  save([chosen.written], `${name}${chosen.stream === null ? "" : `-${chosen.stream}`}.html`, "text/html");
};
