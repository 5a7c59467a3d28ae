// The list of negotiations, and of the other files.

const summary = () => {
  const sum = (of) => captures.reduce((all, capture) => all + of(capture), 0);
  const said = [];
  if (captures.length > 0) {
    const failed = sum((capture) => capture.failed).toLocaleString("en");
    said.push(`${count(captures.length, "capture")}, ${count(sum(({ rows }) => rows.length), "negotiation")}, ${failed} failed.`);
  }
  const unread = beside.filter(({ role }) => role === "nothing").length;
  if (unread > 0) said.push(`${count(unread, "file")} not read.`);
  message(said.join(" "));
};

const showOthers = () => {
  $("given").hidden = beside.length === 0;
  $("others").replaceChildren(...beside.map((file, number) => {
    const name = $("redact").checked ? `file${number + 1}` : file.name;
    const remove = make("button", { type: "button", className: "plain", textContent: "Remove", ariaLabel: `Remove ${name}` });
    remove.onclick = () => after(async () => {
      beside = beside.filter((other) => other !== file);
      showOthers();
      $("choose").focus();
      await read(file.role === "nothing" ? [] : captures);
    });
    const sentence = file.role === "nothing" ? [make("strong", {}, name), ` ${file.what}. `] : [name, `: ${file.what} `];
    const whose = file.role === "peer" && !$("redact").checked ? [owner(file)] : [];
    return make("li", {}, ...sentence, ...whose, remove);
  }));
};

// Whose a peer's file is, if the user has to say it.
const owner = (file) => {
  const field = make("input", { type: "text", size: 16, value: file.owner ?? "", placeholder: "address, if unclear", ariaLabel: `Address of the peer whose ${file.name} is` });
  field.onchange = () => after(async () => {
    const address = field.value.trim();
    const isAddress = address === "" || (/^[\da-f.:]+$/i.test(address) && /[.:]/.test(address));
    field.ariaInvalid = String(!isAddress);
    if (!isAddress || address === (file.owner ?? "")) return;
    file.owner = address;
    await read(captures);
  });
  return make("label", {}, "Belongs to ", field);
};

const row = (capture, { stream, start, initiator, responder, state, verdict }) => {
  const button = make("button", { type: "button", className: "row", textContent: verdict.title, ariaLabel: `${verdict.title}: report on negotiation ${stream}` });
  const began = start.slice(0, 19).replace("T", " ");
  const cells = [stream, `${initiator.address} and ${responder.address}`, began, button].map((cell) => make("td", {}, cell));
  const made = make("tr", { className: state }, ...cells);
  made.dataset.stream = stream;
  made.onclick = () => {
    if (getSelection().isCollapsed) after(() => show(capture, stream));
  };
  return made;
};

// What stands above the rows of a capture.
const heading = (capture) => {
  const { rows, failed, damage, error } = capture;
  const told = error ? "" : `, ${count(rows.length, "negotiation")}, ${failed} failed`;
  const cell = make("th", { colSpan: 4, scope: "rowgroup" }, shownName(capture), make("span", {}, `${sized(capture.blob.size)}${told}`));
  if (error ?? damage) cell.append(make("p", {}, `It ${error ?? damage}.`));
  if (rows.length > 1) {
    const whole = make("button", { type: "button", className: "plain", textContent: "One report on all", ariaLabel: `One report on all of ${shownName(capture)}` });
    whole.onclick = () => after(() => show(capture, null));
    cell.querySelector("span").after(whole);
  }
  return make("tr", { className: "file" }, cell);
};

// The rows of a capture: some, and more for who asks.
const body = (capture) => {
  const rows = $("failed").checked ? capture.rows.filter(({ state }) => state === "failed") : capture.rows;
  const made = make("tbody", {}, heading(capture));
  const more = (from) => {
    made.append(...rows.slice(from, from + ROWS).map((one) => row(capture, one)));
    const left = rows.length - from - ROWS;
    if (left <= 0) return;
    const button = make("button", { type: "button", textContent: `Show more (${left.toLocaleString("en")} left)` });
    const rest = make("tr", { className: "rest" }, make("td", { colSpan: 4 }, button));
    button.onclick = () => {
      const last = rest.previousElementSibling;
      rest.remove();
      more(from + ROWS);
      last.nextElementSibling?.querySelector("button").focus();
    };
    made.append(rest);
  };
  more(0);
  return made;
};

const showList = () => {
  for (const old of [...$("list").tBodies]) old.remove();
  for (const capture of captures) $("list").append(capture.body = body(capture));
  $("found").hidden = captures.length === 0;
  $("main").classList.toggle("filled", captures.length > 0);
  mark();
};

const rowOf = ({ capture, stream }) => capture.body?.querySelector(`tr[data-stream="${stream}"]`);

// Marks the row whose report is shown.
const mark = () => {
  $("list").querySelector(".chosen")?.classList.remove("chosen");
  if (chosen) rowOf(chosen)?.classList.add("chosen");
};
