/** The part of pako, zlib in JavaScript, that is used here; it ships without types. */
declare module 'pako' {
  export class Inflate {
    constructor(options: {
      /** 15: a zlib stream of any window. */
      windowBits: number
      /** Bytes given to `onData` at once, at most. */
      chunkSize: number
    })
    /** 0 unless something was wrong. */
    err: number
    msg: string
    onData: (chunk: Uint8Array) => void
    /** @returns false where the stream is damaged; with `last` also where it has not ended. */
    push(data: Uint8Array, last: boolean): boolean
  }
}
