import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { saveCheckpoint } from '../../engine/models/checkpoint/networkCheckpoint'
import { readSafetensors, writeSafetensors } from '../../engine/models/checkpoint/safetensors'
import { createNetwork } from '../../engine/models/createNetwork'
import { EXIT } from '../command'
import { recordingIo, runCommand } from '../commandIo.testing'
import { startCliEngine } from '../node/startCliEngine'
import { modelsCommand } from './models'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scarp-models-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function run(...argv: string[]) {
  const { io, outLines } = recordingIo()
  const code = await runCommand(modelsCommand, argv, io)
  return { code, text: outLines.join('\n') }
}

/** A tiny SegFormer of three bands, as a checkpoint. */
async function trainedCheckpoint(): Promise<string> {
  const { io } = recordingIo()
  await startCliEngine('cpu', 'inference', io)
  const network = createNetwork('segformer', 'tiny', { seed: 4, bands: 3 })
  const checkpoint = join(folder, 'trained.safetensors')
  await writeFile(checkpoint, await saveCheckpoint(network.parameters))
  network.dispose()
  return checkpoint
}

const tensorsOf = async (path: string) => readSafetensors(await readFile(path)).tensors

test('lists every preset with its parameters', async () => {
  const { code, text } = await run('sizes', '--json')
  expect(code).toBe(EXIT.ok)
  const rows = JSON.parse(text) as { preset: string; parameters: number }[]
  expect(rows.find(row => row.preset === 'segformer-b0')!.parameters).toBe(3_731_906)
})

test('lists the starters, which open as they were written before this version', async () => {
  const { code, text } = await run('list')
  expect(code).toBe(EXIT.ok)
  expect(text).toMatch(/^id +family +preset +parameters +bands +F1 +size +state\n/)
  expect(text).toMatch(/^starter-segformer +segformer +tiny +62,242 +14 .* whole$/m)
})

test('a checkpoint becomes a model folder that checks; a changed file fails and is listed so', async () => {
  const out = join(folder, 'packed')
  const converted = await run(
    'convert',
    await trainedCheckpoint(),
    '--out',
    out,
    '--split-domains',
    '--backend',
    'webgpu',
  )
  expect(converted.code).toBe(EXIT.ok)
  expect(converted.text).toContain('segformer tiny, 3 bands, 2 classes; key names: transformers')
  const checked = await run('check', out, '--backend', 'webgpu')
  expect(checked.text).toMatch(/^ok +packed/)
  expect(checked.code).toBe(EXIT.ok)

  await writeFile(join(out, 'weights.safetensors'), 'other')
  const broken = await run('check', out, '--backend', 'webgpu')
  expect(broken.code).toBe(EXIT.failed)
  expect(broken.text).toMatch(/^FAIL packed/)
  const listed = await run('list', out)
  expect(listed.code).toBe(EXIT.failed)
  expect(listed.text).toMatch(/packed .*weights\.safetensors has changed since it was saved$/m)
})

test('a checkpoint goes to a peer’s names and back unchanged, without a device', async () => {
  const trained = await trainedCheckpoint()
  const [there, back] = [join(folder, 'nvlabs.safetensors'), join(folder, 'back.safetensors')]
  expect((await run('convert', trained, '--out', there, '--dialect', 'nvlabs', '--split-domains')).code).toBe(
    0,
  )
  expect((await tensorsOf(there)).has('backbone.block1.0.attn.kv.weight')).toBe(true)
  expect((await run('convert', there, '--out', back, '--split-domains')).code).toBe(EXIT.ok)
  expect(await tensorsOf(back)).toEqual(await tensorsOf(trained))
})

test('a file has one domain’s statistics under PyTorch’s names, the one that was asked for', async () => {
  const tensors = await tensorsOf(await trainedCheckpoint())
  const mean = tensors.get('decode_head.batch_norm.running_mean_target')!
  mean.data.fill(5 as never)
  const adapted = join(folder, 'adapted.safetensors')
  await writeFile(adapted, writeSafetensors(tensors))
  const out = join(folder, 'target.safetensors')
  for (const [domain, expected] of [
    ['source', 0],
    ['target', 5],
  ] as const) {
    await run('convert', adapted, '--out', out, '--domain', domain)
    const written = await tensorsOf(out)
    expect(written.get('decode_head.batch_norm.running_mean')!.data[0]).toBe(expected)
    expect([...written.keys()].filter(name => name.endsWith('_target'))).toEqual([])
  }
})

test('three bands become fourteen, and other classes need --partial', async () => {
  const trained = await trainedCheckpoint()
  const out = join(folder, 'wide.safetensors')
  const wide = await run('convert', trained, '--out', out, '--bands', '14')
  expect(wide.text).toMatch(/adapted +segformer\.encoder\.patch_embeddings\.0\.proj\.weight: 3 bands to 14/)
  const name = 'segformer.encoder.patch_embeddings.0.proj.weight'
  const [before, after] = [(await tensorsOf(trained)).get(name)!, (await tensorsOf(out)).get(name)!]
  expect(after.shape).toEqual([8, 14, 7, 7])
  // Band 4 of output 0 is band 1 of the three.
  expect(Number(after.data[4 * 49])).toBeCloseTo((Number(before.data[49]) * 3) / 14, 6)

  const refused = await run('convert', trained, '--out', out, '--classes', '5')
  expect(refused.code).toBe(EXIT.failed)
  expect(refused.text).toMatch(
    /wrong shape +decode_head\.classifier\.weight: \[2,32,1,1\] where \[5,32,1,1\]/,
  )
  expect((await run('convert', trained, '--out', out, '--classes', '5', '--partial')).code).toBe(EXIT.ok)
})

test('what is not understood is a bad argument', async () => {
  const { io } = recordingIo()
  const refusal = (code: string) => expect.objectContaining({ code })
  await expect(runCommand(modelsCommand, ['train'], io)).rejects.toThrow(refusal('bad-argument'))
  await expect(run('convert', 'x.safetensors')).rejects.toThrow('--out is missing')
  await expect(run('convert', 'x.safetensors', '--out', folder)).rejects.toThrow('There is no file or folder')
  const onlyPreset = ['convert', await trainedCheckpoint(), '--out', folder, '--preset', 'tiny']
  await expect(run(...onlyPreset)).rejects.toThrow('--family is missing')
  const foreign = join(folder, 'foreign.safetensors')
  await writeFile(foreign, writeSafetensors(new Map([['a', { shape: [1], data: Float32Array.of(1) }]])))
  await expect(run('convert', foreign, '--out', folder)).rejects.toThrow(
    /not recognised.*--family and --preset/s,
  )
  const named = ['convert', onlyPreset[1]!, '--out', folder, '--dialect', 'nvlabs']
  await expect(run(...named)).rejects.toThrow('--dialect is for files')
})
