/** The part of sql.js, SQLite in WebAssembly, that is used here; it ships without types. */
declare module 'sql.js/dist/sql-wasm-inline.js' {
  type Value = number | string | Uint8Array | null
  interface Statement {
    bind(values: readonly Value[]): boolean
    step(): boolean
    get(): Value[]
    run(values: readonly Value[]): void
    free(): boolean
  }
  interface Database {
    prepare(sql: string): Statement
    run(sql: string, values?: readonly Value[]): Database
    /** The whole file. */
    export(): Uint8Array<ArrayBuffer>
    close(): void
  }
  /** With its program inside: no file is looked for beside it. */
  export default function init(): Promise<{ Database: new (file?: Uint8Array) => Database }>
}
