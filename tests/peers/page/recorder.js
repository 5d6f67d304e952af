// Gives away what passes from the first sound on, in pieces of a tenth of a second.

const PIECE = sampleRate / 10;

class Recorder extends AudioWorkletProcessor {
  piece = new Int16Array(PIECE);
  filled = 0;
  began = false;

  process([[channel]]) {
    for (const sample of channel ?? []) {
      this.began ||= sample !== 0;
      if (!this.began) continue;
      this.piece[this.filled++] = Math.max(-1, Math.min(1, sample)) * 32_767;
      if (this.filled === PIECE) {
        this.port.postMessage(this.piece.slice());
        this.filled = 0;
      }
    }
    return true;
  }
}

registerProcessor('recorder', Recorder);
