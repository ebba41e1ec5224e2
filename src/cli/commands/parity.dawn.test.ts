import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEngine } from '../../engine/gpu/startEngine'
import { UNSEEN_CASES, unseenCase } from '../../lab/parity/unseenCases.testing'
import { recordingIo } from '../commandIo.testing'
import { runCommandLine } from '../runCommandLine'
import { parityCommand } from './parity'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scarp-parity-'))
  await startEngine({ prefer: 'cpu', purpose: 'inference' })
  for (const spec of UNSEEN_CASES) await writeCase(spec.name, await unseenCase(spec))
})
afterAll(() => rm(folder, { recursive: true }))

async function writeCase(name: string, files: Record<string, Uint8Array>) {
  await mkdir(join(folder, name))
  for (const [file, bytes] of Object.entries(files)) await writeFile(join(folder, name, file), bytes)
}

/** The files of the first unseen case, with its case.json changed. */
async function changed(change: (json: Record<string, unknown>) => void) {
  const from = join(folder, UNSEEN_CASES[0]!.name)
  const json = JSON.parse(await readFile(join(from, 'case.json'), 'utf8'))
  change(json)
  return {
    'case.json': new TextEncoder().encode(JSON.stringify(json)),
    'output.safetensors': await readFile(join(from, 'output.safetensors')),
  }
}

async function parity(argv: string[], signal?: AbortSignal) {
  const { io, outLines, notes } = recordingIo(signal)
  const code = await runCommandLine(['parity', ...argv], [parityCommand], io)
  return { code, out: outLines.join('\n'), notes: notes.join('\n') }
}

test('cases that nobody has seen run from their case.json alone', async () => {
  const { code, out, notes } = await parity([folder, '--json', '--backend', 'webgpu'])
  const { backend, adapter, cases } = JSON.parse(out)
  expect(backend).toBe('webgpu')
  expect(adapter).not.toBe('')
  expect(cases.map((report: { error?: unknown }) => report.error).filter(Boolean)).toEqual([])
  expect(cases.map((report: { case: string }) => report.case)).toEqual(UNSEEN_CASES.map(({ name }) => name))
  expect(cases.map((report: { rows: unknown[] }) => report.rows.length)).toEqual([5, 5, 6, 6, 7, 3])
  expect(notes).toContain('6 of 6 cases within tolerance on webgpu')
  expect(code).toBe(0)
})

test('what is beyond tolerance, damaged or unknown fails by name, and the others still run', async () => {
  const strict = await changed(json => {
    for (const row of json.outputs as { atol: number }[]) row.atol = 1e-12
  })
  const deeper = await changed(json => {
    json.config = { ...(json.config as object), depths: [1, 3, 1, 1] }
  })
  const foreign = await changed(json => {
    json.config = { model: 'a network of another kind' }
  })
  await writeCase('x-strict', strict)
  await writeCase('x-deeper', deeper)
  await writeCase('x-foreign', foreign)
  await writeCase('x-damaged', { 'case.json': new TextEncoder().encode('{"case":') })
  await writeCase('x-no-outputs', { 'case.json': strict['case.json'] })
  const names = ['nowhere', 'x-strict', 'x-deeper', 'x-foreign', 'x-damaged', 'x-no-outputs', 'a-segformer']
  const folders = names.map(name => join(folder, name))
  const { code, out } = await parity([...folders, '--json', '--backend', 'webgpu'])
  expect(code).toBe(1)
  const reports: { rows: { ok: boolean }[]; error?: { message: string } }[] = JSON.parse(out).cases
  expect(reports).toHaveLength(names.length)
  expect(reports[1]!.rows.some(row => !row.ok)).toBe(true)
  expect([0, 2, 3, 4, 5].map(i => reports[i]!.error?.message ?? 'ran')).toEqual([
    expect.stringContaining('does not exist'),
    expect.stringContaining('do not fit the network'),
    expect.stringContaining('describes no network known here'),
    expect.stringContaining('not JSON'),
    expect.stringContaining('no output.safetensors'),
  ])
  expect(reports[6]!.rows.every(row => row.ok)).toBe(true)
})

test('wasm computes the same; nothing to compare, bad usage and Ctrl-C have their own exit codes', async () => {
  const one = join(folder, 'b-swin-unet')
  const onWasm = await parity([one, '--backend', 'wasm'])
  expect(onWasm).toMatchObject({
    code: 0,
    out: expect.stringContaining('ok   b-swin-unet: 5 outputs, worst'),
  })
  expect((await parity([join(folder, 'nowhere'), '--backend', 'wasm'])).code).toBe(1)
  expect((await parity([one, '--backend', 'abacus'])).code).toBe(2)
  expect((await parity([one, '--backend', 'wasm'], AbortSignal.abort())).code).toBe(130)
})
