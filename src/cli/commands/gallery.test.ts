import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decode } from 'fast-png'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BAND_COUNT } from '../../core/patches/bands'
import { tinyHdf5 } from '../../core/raster/testing/tinyHdf5'
import { demoProject } from '../../core/synthetic/demoProject'
import { recordingIo, runCommand } from '../commandIo.testing'
import { l4sImage, l4sMask } from '../node/l4sFiles'
import { galleryCommand } from './gallery'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scarp-gallery-'))
  for (const patch of demoProject(5, { size: 32, sourceCount: 2, targetCount: 0 })) {
    await writeFile(join(folder, `${patch.name}.h5`), await l4sImage(patch))
    const mask = `${patch.name.replace('image', 'mask')}.h5`
    await writeFile(join(folder, mask), await l4sMask(patch.label!, 32, 32))
  }
})
afterAll(() => rm(folder, { recursive: true }))

const draw = async (name: string, ...argv: string[]) => {
  const { io, outLines } = recordingIo()
  const path = join(folder, name)
  const code = await runCommand(
    galleryCommand,
    [folder, '--out', path, '--count', '2', '--crop', '24', ...argv],
    io,
  )
  return { code, out: outLines.join(), png: await readFile(path) }
}

test('draws a row a patch; the same seed gives the same picture', async () => {
  const first = await draw('a.png')
  expect(first.code).toBe(0)
  expect(first.out).toContain('2 patches, 2 crops each')
  const picture = decode(first.png, { checkCrc: true })
  // Three cells of 256 and their gaps on dark paper, two rows.
  expect([picture.width, picture.channels, picture.depth]).toEqual([3 * 266 + 10, 3, 8])
  expect(Array.from(picture.data.subarray(0, 3))).toEqual([24, 26, 30])
  expect(new Set(picture.data).size).toBeGreaterThan(100)
  expect((await draw('b.png')).png.equals(first.png)).toBe(true)
  expect((await draw('c.png', '--seed', '2')).png.equals(first.png)).toBe(false)
  const plain = ['--rotation-share', '0', '--contrast', '0', '--brightness', '0']
  expect((await draw('d.png', ...plain)).png.equals(first.png)).toBe(false)
})

test('refuses what it does not understand, and inputs without a patch', async () => {
  await expect(draw('e.png', '--rotation-degrees', '90')).rejects.toMatchObject({ code: 'bad-argument' })
  await expect(draw('f.png', '--layer', 'infrared')).rejects.toMatchObject({ code: 'bad-argument' })
  const { io } = recordingIo()
  const nothing = runCommand(galleryCommand, [join(folder, 'mask_1.h5'), '--out', join(folder, 'g.png')], io)
  await expect(nothing).rejects.toMatchObject({ code: 'bad-argument' })
})

test('draws an image of unclear scale once --value-scale says which it is', async () => {
  const data = Float64Array.from({ length: 32 * 32 * BAND_COUNT }, (_, i) => 380 + (i % 40))
  const path = join(folder, 'unclear.h5')
  await writeFile(path, await tinyHdf5([{ name: 'img', data, shape: [32, 32, BAND_COUNT] }]))
  const gallery = async (...argv: string[]) => {
    const { io, notes } = recordingIo()
    const code = await runCommand(galleryCommand, [path, '--out', join(folder, 'h.png'), ...argv], io).catch(
      ({ code }) => code,
    )
    return { code, notes: notes.join('\n') }
  }
  expect(await gallery()).toMatchObject({
    code: 'bad-argument',
    notes: expect.stringContaining('--value-scale'),
  })
  expect((await gallery('--value-scale', 'x1000')).code).toBe(0)
  await rm(path)
})
