import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { PixelWindow } from '../../src/core/raster/rasterSource'

/** What GDAL says of a file. */
export interface GdalAnswer {
  width: number
  height: number
  bands: number
  shape?: number[]
  /** GDAL's name of the sample type: "Byte", "UInt16". */
  type: string
  compression?: string
  /** It does not open it, or cannot read it. */
  refused?: boolean
  /** Warnings and errors. */
  complaints: string[]
  pixels: Uint8Array<ArrayBuffer>
}

/** Null where GDAL did not answer in its time, or ended. */
export interface Gdal {
  made(): Promise<{ name: string; bytes: Uint8Array }[]>
  raster(bytes: Uint8Array, window?: PixelWindow): Promise<GdalAnswer | null>
  dataset(bytes: Uint8Array, name: string): Promise<GdalAnswer | null>
  end(): void
}

const MOST_MILLISECONDS = 5000
/** The distribution's Python first: GDAL's module is installed for it, and not for others. */
const PYTHONS = ['/usr/bin/python3', 'python3']

/** GDAL by its Python module (Debian: gdal-bin brings it), in a process of its own; null where it is not installed. */
export function startGdal(root: string): Gdal | null {
  const python = PYTHONS.find(
    name => spawnSync(name, ['-c', 'from osgeo import gdal, gdal_array']).status === 0,
  )
  if (!python) return null
  let process: ChildProcess | null = null
  let held: Buffer = Buffer.alloc(0)
  let wake: (() => void) | null = null

  const start = (): ChildProcess => {
    if (process) return process
    const started = spawn(python, [join(root, 'scripts/fuzz/gdal.py')], { stdio: ['pipe', 'pipe', 'ignore'] })
    held = Buffer.alloc(0)
    started.stdout.on('data', (piece: Buffer) => {
      held = held.length === 0 ? piece : Buffer.concat([held, piece])
      wake?.()
    })
    // A pipe that broke shows as the process's end.
    started.stdin.on('error', () => undefined)
    started.on('exit', () => {
      if (process === started) process = null
      wake?.()
    })
    process = started
    return started
  }
  const end = () => {
    process?.kill('SIGKILL')
    process = null
  }
  const arrived = async (isThere: () => boolean, until: number): Promise<boolean> => {
    while (!isThere()) {
      const left = until - Date.now()
      if (left <= 0 || !process) return false
      await new Promise<void>(done => {
        const timer = setTimeout(done, left)
        wake = () => {
          clearTimeout(timer)
          done()
        }
      })
    }
    return true
  }
  /** One line of JSON and the bytes that it announces. */
  const receive = async (until: number) => {
    if (!(await arrived(() => held.includes(10), until))) return null
    const line = held.indexOf(10)
    const facts = JSON.parse(held.toString('utf8', 0, line))
    const begin = line + 1
    if (!(await arrived(() => held.length >= begin + facts.length, until))) return null
    const content = Uint8Array.from(held.subarray(begin, begin + facts.length))
    held = held.subarray(begin + facts.length)
    return { facts, content }
  }
  const ask = async (request: object, bytes: Uint8Array): Promise<GdalAnswer | null> => {
    const { stdin } = start()
    stdin?.write(`${JSON.stringify({ ...request, bytes: bytes.length })}\n`)
    stdin?.write(bytes)
    const answer = await receive(Date.now() + MOST_MILLISECONDS)
    if (!answer) {
      end()
      return null
    }
    return { ...answer.facts, pixels: answer.content }
  }
  return {
    async made() {
      start().stdin?.write('{"make": true}\n')
      const files: { name: string; bytes: Uint8Array }[] = []
      for (;;) {
        const file = await receive(Date.now() + 60_000)
        if (!file) throw new Error('GDAL did not write the inputs.')
        if (file.facts.done) return files
        files.push({ name: file.facts.name, bytes: file.content })
      }
    },
    raster: (bytes, window) =>
      ask(window ? { window: [window.column, window.row, window.width, window.height] } : {}, bytes),
    dataset: (bytes, name) => ask({ dataset: name }, bytes),
    end,
  }
}
