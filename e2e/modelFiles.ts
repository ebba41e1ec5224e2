import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { publishedCheckpoint } from '../src/engine/models/checkpoint/publishedCheckpoint.testing'
import {
  readSafetensors,
  type StoredTensor,
  writeSafetensors,
} from '../src/engine/models/checkpoint/safetensors'

const STARTER = resolve(import.meta.dirname, '../models/starter-segformer')

interface Entry {
  dtype: string
  shape: number[]
  data_offsets: [number, number]
}

/** A safetensors file, taken apart just enough to make variants of it. */
function readStarterWeights(): { entries: Record<string, Entry>; data: Buffer } {
  const bytes = readFileSync(join(STARTER, 'weights.safetensors'))
  const length = bytes.readUInt32LE(0)
  const { __metadata__: _, ...entries } = JSON.parse(bytes.subarray(8, 8 + length).toString('utf8'))
  return { entries, data: Buffer.from(bytes.subarray(8 + length)) }
}

function safetensors(entries: Record<string, Entry>, data: Buffer): Buffer {
  const header = Buffer.from(JSON.stringify(entries))
  const length = Buffer.alloc(8)
  length.writeUInt32LE(header.length, 0)
  return Buffer.concat([length, header, data])
}

/** Moves one bias by so little that the golden outputs hold: other weights, the same answers. */
function nudge(entries: Record<string, Entry>, data: Buffer, by: number): void {
  const at = entries['decode_head.classifier.bias']!.data_offsets[0]
  data.writeFloatLE(data.readFloatLE(at) + by, at)
}

/** The starter as another model: its own folder, id, title and weights, golden outputs and card as they are. */
export function modelFolder(parent: string, id: string, title: string): string {
  const folder = join(parent, id)
  mkdirSync(folder, { recursive: true })
  const { entries, data } = readStarterWeights()
  nudge(entries, data, 1e-5)
  const weights = safetensors(entries, data)
  const manifest = JSON.parse(readFileSync(join(STARTER, 'manifest.json'), 'utf8'))
  const sha256 = createHash('sha256').update(weights).digest('hex')
  const own = { ...manifest, id, title, weights: { ...manifest.weights, sha256 } }
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(own))
  writeFileSync(join(folder, 'weights.safetensors'), weights)
  for (const name of ['golden.safetensors', 'MODEL_CARD.md']) {
    writeFileSync(join(folder, name), readFileSync(join(STARTER, name)))
  }
  return folder
}

/** The starter's weights as a trainer saves them: every key behind "module.", counters and all. */
export function bareCheckpoint(parent: string, name: string): string {
  const { entries, data } = readStarterWeights()
  nudge(entries, data, 2e-5)
  const wrapped = Object.fromEntries(Object.entries(entries).map(([key, entry]) => [`module.${key}`, entry]))
  const path = join(parent, name)
  writeFileSync(path, safetensors(wrapped, data))
  return path
}

/** The encoder alone. */
export function encoderCheckpoint(parent: string, name: string): string {
  const { entries, data } = readStarterWeights()
  const kept: Record<string, Entry> = {}
  const pieces: Buffer[] = []
  let at = 0
  for (const [key, entry] of Object.entries(entries)) {
    if (!key.startsWith('segformer.')) continue
    const piece = data.subarray(...entry.data_offsets)
    kept[key] = { ...entry, data_offsets: [at, at + piece.length] }
    pieces.push(piece)
    at += piece.length
  }
  const path = join(parent, name)
  writeFileSync(path, safetensors(kept, Buffer.concat(pieces)))
  return path
}

/** BigEarthNet's encoder of ten bands, small. */
export function bigEarthNetCheckpoint(parent: string, name: string): string {
  const path = join(parent, name)
  writeFileSync(path, writeSafetensors(publishedCheckpoint('bigearthnet', 10, 'tiny')))
  return path
}

/** A tensor of a .safetensors file. */
export function tensorOf(path: string, key: string): StoredTensor | undefined {
  return readSafetensors(readFileSync(path)).tensors.get(key)
}

/** A file cut off in the middle. */
export function brokenCheckpoint(parent: string, name: string): string {
  const bytes = readFileSync(join(STARTER, 'weights.safetensors'))
  const path = join(parent, name)
  writeFileSync(path, bytes.subarray(0, bytes.length / 2))
  return path
}

/** Key names of a .safetensors file. */
export function keysOf(path: string): string[] {
  const bytes = readFileSync(path)
  const header = JSON.parse(bytes.subarray(8, 8 + bytes.readUInt32LE(0)).toString('utf8'))
  return Object.keys(header).filter(key => key !== '__metadata__')
}
