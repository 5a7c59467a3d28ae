// One capture, or a look at files: asks the engine, in a thread that the page may end. Files are read where the engine asks for them.
const CHUNK = 1 << 20;
const reader = new FileReaderSync();
const encoder = new TextEncoder();
let given = [], said = [], decoder, memory, engine, size = 1, last = 0;

// What was read of a file last. It may hold a secret: it is wiped before the next one takes its place.
let chunk = { file: -1, at: 0, bytes: new Uint8Array() };

const part = (file, at) => {
  if (chunk.file !== file || at < chunk.at || at >= chunk.at + chunk.bytes.length) {
    chunk.bytes.fill(0);
    const blob = given[file].blob.slice(at, at + CHUNK);
    chunk = { file, at, bytes: new Uint8Array(reader.readAsArrayBuffer(blob)) };
  }
  return chunk.bytes.subarray(at - chunk.at);
};

const text = (place, length) => new Uint8Array(memory.buffer, place, length);

const progress = (file, at) => {
  const now = performance.now();
  if (given[file].shown && now - last > 100) {
    last = now;
    postMessage({ progress: Math.min(at / size, 1) });
  }
};

const host = {
  length: (file) => BigInt(given[file].blob.size),
  read(file, at, room, most) {
    try {
      at = Number(at);
      progress(file, at);
      const bytes = part(file, at).subarray(0, most >>> 0);
      text(room, bytes.length).set(bytes);
      return bytes.length;
    } catch {
      return -1;
    }
  },
  name: (file, room, most) => encoder.encodeInto(given[file].name, text(room, most)).written,
  say(place, length) {
    said.push(decoder.decode(text(place, length)));
    if (said.flowing) flow(100);
  },
  fault(place, length) { said.fault = decoder.decode(text(place, length)); },
};

// A long list comes in portions.
const flow = (least) => {
  if (said.length > least) {
    postMessage({ some: said.join("") });
    said.length = 0;
  }
};

// What the engine says to a call.
const ask = (call, ...values) => {
  said = [];
  engine[`ikewhy_${call}`](...values);
  return said;
};

const asked = (call, ...values) => JSON.parse(ask(call, ...values).join(""));

const begin = async (module) => {
  decoder = new TextDecoder();
  said = [];
  engine = (await WebAssembly.instantiate(module, { page: host })).exports;
  memory = engine.memory;
  engine.ikewhy_begin();
};

const calls = {
  // What files are: each in an instance of its own, for one of them may end it.
  async recognise({ module, files }) {
    given = files;
    const found = [];
    for (const number of files.keys()) {
      try {
        await begin(module);
        found.push(asked("recognise", number));
      } catch (error) {
        found.push({ role: "nothing", what: broken(error) });
      }
    }
    return found;
  },
  // A capture, the first file, with what the others are for.
  async read({ module, files }) {
    given = files;
    size = files[0].blob.size || 1;
    files[0].shown = true;
    await begin(module);
    files.forEach(({ role }, number) => {
      if (role === "peer") ask("peer_file", number);
      if (role === "keys") ask("key_table", number);
    });
    const read = asked("read", 0);
    chunk.bytes.fill(0);
    chunk.file = -1;
    return { memory: memory.buffer.byteLength, ...read };
  },
  rows({ redact }) {
    said = Object.assign([], { flowing: true });
    engine.ikewhy_rows(redact);
    flow(0);
  },
  // In a blob, for it may be long; a document in one line: its texts have no line breaks of their own.
  report({ json, stream, redact }) {
    ask("report", json, stream ?? 0xffffffff, redact);
    return new Blob(json ? said.map((piece) => piece.replaceAll("\n", "")) : said);
  },
};

// Why the engine ended.
const broken = (error) => {
  if (memory && memory.buffer.byteLength > 0.9 * 2 ** 31) return "needs more memory than a page may have; the command ikewhy can read it";
  const place = said.fault ? ` (${said.fault})` : "";
  return error instanceof WebAssembly.RuntimeError ? `is more than ikewhy can take, which is a fault of ikewhy${place}` : String(error);
};

onmessage = async ({ data }) => {
  try {
    postMessage({ answer: await calls[data.call](data) });
  } catch (error) {
    postMessage({ broken: broken(error) });
  }
};
