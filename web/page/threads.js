// Threads that read captures, each with the engine in memory of its own: one may be ended, or die, and the page lives on.

const source = URL.createObjectURL(new Blob([$("worker").textContent], { type: "text/javascript" }));

// The engine, unpacked and compiled once.
const engine = (async () => {
  const packed = Uint8Array.from(atob($("engine").textContent.trim()), (letter) => letter.charCodeAt(0));
  $("engine").remove();
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return WebAssembly.compile(await new Response(stream).arrayBuffer());
})();

// Why a thread gives no answer: a sentence without a subject.
class Ended extends Error {}

// The thread that is asked now.
let running = null;

class Thread {
  worker = new Worker(source);
  ended = false;

  // Asks, and hears how far it is and what comes early.
  async ask(call, question, { progress, some } = {}) {
    running = this;
    const module = await engine;
    try {
      return await new Promise((answer, fail) => {
        if (this.ended) return fail(new Ended(CANCELLED));
        this.fail = fail;
        this.worker.onmessage = ({ data }) => {
          if ("progress" in data) progress?.(data.progress);
          else if ("some" in data) some?.(data.some);
          else if ("broken" in data) this.end(data.broken);
          else answer(data.answer);
        };
        this.worker.onerror = (error) => this.end(`could not be read: ${error.message || "the browser ended its thread"}`);
        this.worker.postMessage({ call, module, ...question });
      });
    } finally {
      running = null;
    }
  }

  // Ends it; whoever waits for an answer hears why.
  end(why = CANCELLED) {
    this.worker.terminate();
    this.ended = true;
    this.fail?.(new Ended(why));
  }
}
