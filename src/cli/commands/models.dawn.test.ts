import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { saveCheckpoint } from '../../core/models/checkpoint/saveCheckpoint'
import { createNetwork } from '../../core/models/createNetwork'
import { EXIT } from '../command'
import { recordingIo } from '../commandIo.testing'
import { startCliEngine } from '../startCliEngine'
import { modelsCommand } from './models'
import { parityCommand } from './parity'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scarp-models-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('lists every preset with its parameters', async () => {
  const { io, outLines } = recordingIo()
  expect(await modelsCommand.run(['--json'], io)).toBe(EXIT.ok)
  const rows = JSON.parse(outLines[0]!) as { preset: string; parameters: number }[]
  expect(rows.find(row => row.preset === 'segformer-b0')!.parameters).toBe(3_731_906)
})

test('packs a checkpoint, and checks the model made of it; a changed file fails', async () => {
  const { io, outLines } = recordingIo()
  const cpu = { values: { backend: 'cpu' }, words: [] }
  await startCliEngine(cpu, 'inference', io)
  const network = createNetwork('segformer', 'tiny', { seed: 4, bands: 3 })
  const checkpoint = join(folder, 'trained.safetensors')
  await writeFile(checkpoint, await saveCheckpoint(network.parameters))
  network.dispose()

  const out = join(folder, 'packed')
  const options = ['--family', 'segformer', '--preset', 'tiny', '--bands', '3', '--backend', 'webgpu']
  expect(await modelsCommand.run(['pack', checkpoint, '--out', out, ...options], io)).toBe(EXIT.ok)
  expect(outLines.at(-1)).toContain('packed')
  expect(await modelsCommand.run(['check', out, '--backend', 'webgpu'], io)).toBe(EXIT.ok)
  expect(outLines.at(-1)).toMatch(/^ok +packed/)

  await writeFile(join(out, 'weights.safetensors'), 'other')
  expect(await modelsCommand.run(['check', out, '--backend', 'webgpu'], io)).toBe(EXIT.failed)
  expect(outLines.at(-1)).toMatch(/^FAIL packed/)
})

test('what is not understood is a bad argument', async () => {
  const { io } = recordingIo()
  const refusal = (code: string) => expect.objectContaining({ code })
  await expect(modelsCommand.run(['train'], io)).rejects.toThrow(refusal('bad-argument'))
  const noFamily = ['pack', 'x.safetensors', '--out', folder]
  await expect(modelsCommand.run(noFamily, io)).rejects.toThrow('--family is missing')
  await expect(parityCommand.run([folder], io)).rejects.toThrow(/holds no parity fixture/)
})
