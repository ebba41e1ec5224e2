/**
 * SHA-256 (FIPS 180-4) of bytes that come in pieces: Web Crypto takes only what is in memory as a whole. About 100 MB a
 * second; use `sha256` for what is whole.
 */
export class Sha256Stream {
  private readonly state = Int32Array.from(INITIAL)
  private readonly block = new Uint8Array(BLOCK)
  private readonly schedule = new Int32Array(64)
  private filled = 0
  private length = 0

  update(bytes: Uint8Array): void {
    this.length += bytes.length
    let at = 0
    while (at < bytes.length) {
      const part = bytes.subarray(at, at + BLOCK - this.filled)
      this.block.set(part, this.filled)
      this.filled += part.length
      at += part.length
      if (this.filled === BLOCK) this.compress()
    }
  }

  /** Hex. Nothing may be added afterwards. */
  digest(): string {
    const bits = this.length * 8
    this.block[this.filled++] = 0x80
    if (this.filled > BLOCK - 8) {
      this.block.fill(0, this.filled)
      this.compress()
    }
    this.block.fill(0, this.filled)
    const view = new DataView(this.block.buffer)
    view.setUint32(BLOCK - 8, Math.floor(bits / 2 ** 32))
    view.setUint32(BLOCK - 4, bits >>> 0)
    this.compress()
    return Array.from(this.state, word => (word >>> 0).toString(16).padStart(8, '0')).join('')
  }

  private compress(): void {
    const { state, schedule: w } = this
    const view = new DataView(this.block.buffer)
    for (let t = 0; t < 16; t++) w[t] = view.getInt32(t * 4)
    for (let t = 16; t < 64; t++) {
      const [x, y] = [w[t - 15]!, w[t - 2]!]
      const small0 = turned(x, 7) ^ turned(x, 18) ^ (x >>> 3)
      const small1 = turned(y, 17) ^ turned(y, 19) ^ (y >>> 10)
      w[t] = (w[t - 16]! + small0 + w[t - 7]! + small1) | 0
    }
    let a = state[0]!
    let b = state[1]!
    let c = state[2]!
    let d = state[3]!
    let e = state[4]!
    let f = state[5]!
    let g = state[6]!
    let h = state[7]!
    for (let t = 0; t < 64; t++) {
      const large1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)
      const first = (h + large1 + ((e & f) ^ (~e & g)) + ROUND[t]! + w[t]!) | 0
      const large0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)
      const second = (large0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
      h = g
      g = f
      f = e
      e = (d + first) | 0
      d = c
      c = b
      b = a
      a = (first + second) | 0
    }
    const worked = [a, b, c, d, e, f, g, h]
    for (let i = 0; i < 8; i++) state[i] = state[i]! + worked[i]!
    this.filled = 0
  }
}

const BLOCK = 64

function turned(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits))
}

/** The first 32 bits of the fractional part of a root. */
function fraction(root: number): number {
  return Math.floor((root - Math.floor(root)) * 2 ** 32) | 0
}

const PRIMES = primes(64)
const ROUND = Int32Array.from(PRIMES, prime => fraction(Math.cbrt(prime)))
const INITIAL = Int32Array.from(PRIMES.slice(0, 8), prime => fraction(Math.sqrt(prime)))

function primes(count: number): number[] {
  const found: number[] = []
  for (let n = 2; found.length < count; n++) if (found.every(prime => n % prime !== 0)) found.push(n)
  return found
}
