// What was given: captures, and what goes with them. One thing is done after another.

let captures = []; // {blob, name, number, rows, failed, damage, error, thread, body}
let beside = []; // {blob, name, role, what, owner}: peers' files, tables of keys, and what is nothing of that
let given = 0; // captures since the last start
let cancelled = false;

let work = Promise.resolve();
let tasks = 0;

// Does something after all that was begun before.
const after = (task) => {
  tasks += 1;
  $("main").ariaBusy = "true";
  work = work.then(task).catch((error) => {
    if (!(error instanceof Ended)) reportError(error);
    summary();
  }).finally(() => {
    tasks -= 1;
    $("main").ariaBusy = String(tasks > 0);
  });
};

const cancel = () => {
  cancelled = true;
  running?.end();
};

// Shows how far something is, if it takes long.
const during = async (task) => {
  cancelled = false;
  const soon = setTimeout(() => { $("progress").hidden = false; }, 300);
  try {
    return await task();
  } finally {
    clearTimeout(soon);
    $("progress").hidden = true;
  }
};

const doing = (text, share) => {
  $("doing").textContent = text;
  if (share === undefined) $("bar").removeAttribute("value");
  else $("bar").value = share;
};

const shownName = (capture) => $("redact").checked ? `capture${capture.number}` : capture.name;

// The files of a drop, with those in its folders.
const dropped = async (transfer) => {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile()).filter(Boolean);
  const found = [];
  const walk = async (entry, folder) => {
    if (found.length >= MOST_FILES) return;
    if (entry instanceof File) {
      found.push({ blob: entry, name: entry.name });
    } else if (entry.isFile) {
      found.push({ blob: await new Promise((take, fail) => entry.file(take, fail)), name: folder + entry.name });
    } else {
      const reader = entry.createReader();
      for (;;) {
        const some = await new Promise((take, fail) => reader.readEntries(take, fail));
        if (some.length === 0) break;
        for (const one of some) await walk(one, `${folder}${entry.name}/`);
      }
    }
  };
  for (const entry of entries) await walk(entry, "");
  return found;
};

const isAmong = (all, { name, blob }) =>
  all.some((one) => one.name === name && one.blob.size === blob.size && one.blob.lastModified === blob.lastModified);

// Takes files: looks what each is, then reads what is new; everything, if a file came that may change what is said of it.
const take = (files) => after(async () => {
  if (files.length === 0) return;
  doing(`Looking at ${count(files.length, "file")}`);
  const thread = new Thread();
  const found = await during(() => thread.ask("recognise", { files }));
  thread.end();
  const fresh = [];
  let again = false;
  files.forEach((file, number) => {
    let { role, what } = found[number];
    if (role === "capture" && file.blob.size > MOST) {
      [role, what] = ["nothing", `has ${sized(file.blob.size)}, and this page reads ${sized(MOST)} at most; take a part of it: editcap -c 1000000 in part.pcap`];
    }
    if (role === "capture") {
      if (!isAmong(captures, file)) fresh.push({ ...file, number: ++given, rows: [], failed: 0 });
    } else if (!isAmong(beside, file)) {
      beside.push({ ...file, role, what });
      again ||= role !== "nothing";
    }
  });
  captures.push(...fresh);
  showOthers();
  await read(again ? captures : fresh);
});

// A thread that has read a capture.
const opened = async (capture, progress) => {
  if (capture.thread && !capture.thread.ended) return capture.thread;
  const others = beside.filter(({ role }) => role !== "nothing");
  const thread = new Thread();
  const files = [capture, ...others].map(({ blob, name, role, owner }) => ({ blob, name: owner ? `${owner}=${name}` : name, role }));
  const { memory, Ok: damage, Err: error } = await thread.ask("read", { files }, { progress });
  Object.assign(capture, { thread, memory, damage, error });
  // The first ones give their memory back, and are read again if they are asked for.
  const open = captures.filter((other) => other !== capture && other.thread && !other.thread.ended);
  let kept = open.reduce((sum, other) => sum + other.memory, memory);
  while (open.length >= OPEN || (kept > OPEN_MEMORY && open.length > 0)) {
    const first = open.shift();
    kept -= first.memory;
    first.thread.end();
  }
  return thread;
};

// Does something with each of these captures, and shows how far it is.
const each = (some, verb, what) => during(async () => {
  for (const [number, capture] of some.entries()) {
    if (cancelled) {
      if (capture.rows.length === 0) capture.error ??= CANCELLED;
      continue;
    }
    const of = some.length > 1 ? ` (${number + 1} of ${some.length})` : "";
    const progress = (share) => doing(`${verb} ${shownName(capture)}${of}, ${Math.floor(100 * share)} %`, (number + share) / some.length);
    progress(0);
    try {
      await what(capture, progress);
    } catch (error) {
      if (!(error instanceof Ended)) throw error;
      capture.error = error.message;
    }
  }
});

// Reads captures, and lists their negotiations.
const read = async (some) => {
  if (some.length > 0) {
    hideReport();
    await each(some, "Reading", async (capture, progress) => {
      capture.thread?.end();
      Object.assign(capture, { rows: [], failed: 0, error: null, damage: null });
      await list(capture, progress);
    });
    showList();
  }
  summary();
  const all = captures.flatMap((capture) => capture.rows.map(({ stream }) => ({ capture, stream })));
  if (all.length === 1) await show(all[0].capture, all[0].stream, false);
};

// Has a capture's negotiations listed.
const list = async (capture, progress) => {
  const thread = await opened(capture, progress);
  const rows = [];
  let rest = "";
  const some = (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    rows.push(...lines.map((line) => JSON.parse(line)));
    doing(`Listing ${shownName(capture)}: ${count(rows.length, "negotiation")}`);
  };
  await thread.ask("rows", { redact: $("redact").checked }, { some });
  capture.rows = rows;
  capture.failed = rows.filter(({ state }) => state === "failed").length;
};

const clear = () => after(() => {
  for (const { thread } of captures) thread?.end();
  [captures, beside, given] = [[], [], 0];
  hideReport();
  showList();
  showOthers();
  message("");
  $("choose").focus();
});

// As `ikewhy batch --jsonl` has it: an object a line and capture.
const saveJson = () => after(async () => {
  const parts = [];
  await each(captures, "Writing", async (capture, progress) => {
    const thread = await opened(capture, progress);
    const wrong = capture.error ?? capture.damage;
    const fields = [`{"file": ${JSON.stringify(shownName(capture))}`];
    if (!capture.error) {
      const told = await thread.ask("report", { json: true, redact: $("redact").checked });
      fields.push(told.slice(1, told.size - 1));
    }
    if (wrong) fields.push(`"error": ${JSON.stringify(wrong)}`);
    parts.push(...fields.flatMap((field) => [", ", field]).slice(1), "}\n");
  });
  summary();
  save(parts, "ikewhy.jsonl", "application/jsonl");
});
