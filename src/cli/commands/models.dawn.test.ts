import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { saveCheckpoint } from '../../engine/models/checkpoint/networkCheckpoint'
import { publishedCheckpoint, STEP } from '../../engine/models/checkpoint/publishedCheckpoint.testing'
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
  const { io, outLines, notes } = recordingIo()
  const code = await runCommand(modelsCommand, argv, io)
  return { code, text: outLines.join('\n'), notes: notes.join('\n') }
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
    await run('convert', adapted, '--out', out, '--domain', domain, '--force')
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

  await expect(run('convert', trained, '--out', out, '--classes', '5')).rejects.toThrow(
    `"${out}" is there already. --force overwrites it; or give another --out.`,
  )
  const again = ['convert', trained, '--out', out, '--classes', '5', '--force']
  const refused = await run(...again)
  expect(refused.code).toBe(EXIT.failed)
  expect(refused.text).toMatch(
    /wrong shape +decode_head\.classifier\.weight: \[2,32,1,1\] where \[5,32,1,1\]/,
  )
  expect((await run(...again, '--partial')).code).toBe(EXIT.ok)
})

async function published(...request: Parameters<typeof publishedCheckpoint>): Promise<string> {
  const path = join(folder, `${request.join('-')}.safetensors`)
  await writeFile(path, writeSafetensors(publishedCheckpoint(...request)))
  return path
}

/** First values of the 14 kernels of output 0: those of `publishedCheckpoint` count up, 49 to a band. */
async function kernelStarts(path: string): Promise<number[]> {
  const { shape, data } = (await tensorsOf(path)).get('encoder.conv1.weight')!
  expect(shape.slice(1)).toEqual([14, 7, 7])
  return Array.from({ length: 14 }, (_, band) => Number(data[band * 49]))
}

const startsOf = (...places: (number | null)[]) =>
  places.map(place => (place === null ? 0 : STEP * (1 + 49 * place)))

test('BigEarthNet’s ResNet-50 of ten bands goes by their names, B8A dropped, terrain from zero', async () => {
  const [checkpoint, out] = [await published('bigearthnet', 10), join(folder, 'bigearthnet.safetensors')]
  const list = 'B02,B03,B04,B05,B06,B07,B08,B8A,B11,B12'
  const { code, text } = await run('convert', checkpoint, '--out', out, '--partial', '--bands', list)
  expect(code).toBe(EXIT.ok)
  expect(text).toMatch(/^resnet-unet resnet50, 14 bands, 2 classes; key names: torchvision$/m)
  expect(text).toContain('encoder.conv1.weight: 10 bands to 14, by name')
  expect(text).toContain('1 B2, 2 B3, 3 B4, 4 B5, 5 B6, 6 B7, 7 B8, 8 B8A, 9 B11, 10 B12')
  expect(text).toContain('B8A is dropped. B1, B9, B10, slope and elevation start from zero.')
  expect(text).toMatch(/ignored +model\.vision_encoder\.fc\.bias and 1 more: the head of an image classifier/)
  expect(text).not.toContain('unexpected')
  const no = null
  expect(await kernelStarts(out)).toEqual(startsOf(no, 0, 1, 2, 3, 4, 5, 6, no, no, 8, 9, no, no))
}, 120_000)

test.each([
  ['bigearthnet', 10, 'bigearthnet-s2-v0.1', [null, 0, 1, 2, 4, 5, 6, 3, null, null, 7, 8, null, null]],
  ['torchgeo', 13, 'sentinel2-l1c', [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, null, null]],
  ['moco', 13, 'sentinel2-l1c', [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, null, null]],
  ['torchgeo', 3, 'rgb', [null, 2, 1, 0, ...new Array<null>(10).fill(null)]],
] as const)(
  '%s of %i bands as %s: the manifest has our bands and what became of them',
  async (origin, bands, set, places) => {
    const out = join(folder, `${origin}-${set}`)
    const input = await published(origin, bands, 'tiny')
    const args = ['convert', input, '--out', out, '--partial', '--bands', set, '--backend', 'webgpu']
    const { code, notes } = await run(...args, '--json')
    expect(code).toBe(EXIT.ok)
    expect(notes).not.toContain('by position')
    expect(await kernelStarts(join(out, 'weights.safetensors'))).toEqual(startsOf(...places))
    const manifest = JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8'))
    const names = 'B1 B2 B3 B4 B5 B6 B7 B8 B9 B10 B11 B12 Slope DEM'.split(' ')
    expect(manifest).toMatchObject({ bands: 14, bandNames: names })
    expect(manifest.training.notes.join(' ')).toMatch(/slope and elevation start from zero/i)
  },
)

test('the report of a script has the bands one by one', async () => {
  const out = join(folder, 'report.safetensors')
  const input = await published('bigearthnet', 10, 'tiny')
  const { text } = await run(
    'convert',
    input,
    '--out',
    out,
    '--partial',
    '--json',
    '--bands',
    'bigearthnet-s2-v0.2',
  )
  const { network, report } = JSON.parse(text)
  expect(network).toMatchObject({ bands: 14 })
  const [adapted] = report.adapted
  expect(adapted).toMatchObject({ from: 10, to: 14, bands: { dropped: ['B8A'] } })
  expect(adapted.bands.ours.slice(6, 9)).toEqual([
    { band: 'B7', from: 5 },
    { band: 'B8', from: 6 },
    { band: 'B9', from: null },
  ])
})

test('a number repeats by position, and says how to name the bands instead', async () => {
  const input = await published('bigearthnet', 10, 'tiny')
  const out = join(folder, 'positions.safetensors')
  const { text, notes } = await run('convert', input, '--out', out, '--partial', '--bands', '14')
  expect(text).toContain('10 bands to 14, by position')
  expect(notes).toContain('--bands bigearthnet-s2-v0.2 or --bands bigearthnet-s2-v0.1')

  const whole = await run('convert', input, '--out', out, '--bands', 'bigearthnet-s2-v0.2', '--force')
  expect(whole.code).toBe(EXIT.failed)
  expect(whole.notes).toContain('an encoder alone. With --partial the decoder starts from its seed.')
})

test('a model folder whose manifest names its bands goes by them', async () => {
  const [packed, out] = [join(folder, 'named'), join(folder, 'named-14')]
  const webgpu = ['--backend', 'webgpu']
  await run('convert', await trainedCheckpoint(), '--out', packed, ...webgpu)
  const path = join(packed, 'manifest.json')
  const manifest = JSON.parse(await readFile(path, 'utf8'))
  await writeFile(path, JSON.stringify({ ...manifest, bandNames: ['B04', 'B03', 'B02'] }))
  const { text } = await run('convert', packed, '--out', out, '--bands', '14', ...webgpu)
  expect(text).toContain('B2 to B4 keep their weights.')
  const name = 'segformer.encoder.patch_embeddings.0.proj.weight'
  const [before, after] = await Promise.all(
    [packed, out].map(async model => (await tensorsOf(join(model, 'weights.safetensors'))).get(name)!),
  )
  expect([...after!.data.slice(49, 98)]).toEqual([...before!.data.slice(98, 147)])
  expect([...after!.data.slice(0, 49)].every(value => value === 0)).toBe(true)
})

test.each([
  ['B02,B03,B13', '"B13" is not a band. Known bands: B1 to B12, B8A, slope, DEM, VV, VH.'],
  ['B02,B03,B2', 'B2 is in the list of bands twice. Name each band once.'],
  ['B02,B03,', 'The list of bands has an empty place.'],
  ['bigearthnet', '"bigearthnet" is neither a band nor a set of bands.'],
  ['0', '--bands takes names of bands, a known set, or a number from 1 to 1024, not "0".'],
  [
    'rgb',
    'first layer takes 10 bands, but 3 are named (B4, B3, B2). Known sets of 10: bigearthnet-s2-v0.2, ',
  ],
])('--bands %s is refused: %s', async (bands, message) => {
  const input = await published('bigearthnet', 10, 'tiny')
  const out = join(folder, 'refused.safetensors')
  await expect(run('convert', input, '--out', out, '--partial', '--bands', bands)).rejects.toThrow(message)
  await expect(readFile(out)).rejects.toThrow('ENOENT')
})

test('what is not understood is a bad argument', async () => {
  const { io } = recordingIo()
  const refusal = (code: string) => expect.objectContaining({ code })
  await expect(runCommand(modelsCommand, ['train'], io)).rejects.toThrow(refusal('bad-argument'))
  await expect(run('convert', 'x.safetensors')).rejects.toThrow('--out is missing')
  await expect(run('convert', 'x.safetensors', '--out', folder)).rejects.toThrow(
    'does not exist. Check the path.',
  )
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
