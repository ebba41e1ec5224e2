import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordingIo } from '../../cli/commandIo.testing'
import { l4sImage, l4sMask } from '../../cli/node/l4sFiles'
import { demoProject } from '../../core/synthetic/demoProject'
import { describeFiles, findCompetition, spoolSplit } from './competitionFolder'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scarp-competition-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function write(files: Record<string, Uint8Array | string>): Promise<string> {
  const root = await mkdtemp(join(folder, 'data-'))
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), bytes)
  }
  return root
}

test('both layouts are found, by the names of their files, and are the same data', async () => {
  const inOfficial = {
    'TrainData/img/image_10.h5': 'a',
    'TrainData/img/image_2.h5': 'bb',
    'TrainData/img/notes.txt': 'x',
    'TrainData/mask/mask_2.h5': 'c',
    'ValidData/img/image_1.h5': 'd',
    'TestData/img/image_1.h5': 'e',
    'TestData/mask/mask_1.h5': 'f',
  }
  const rename = (path: string) =>
    path.replace(/^(\w+)Data\/(\w+)\//, (_, split, kind) => {
      const name = { Train: 'train', Valid: 'validation', Test: 'test' }[split as 'Train']
      return `${kind === 'img' ? 'images' : 'annotations'}/${name}/`
    })
  const inMirror = Object.fromEntries(Object.entries(inOfficial).map(([path, text]) => [rename(path), text]))
  const official = await findCompetition(await write(inOfficial))
  const mirror = await findCompetition(await write(inMirror))
  expect(official.train).toEqual({
    images: ['TrainData/img/image_2.h5', 'TrainData/img/image_10.h5'],
    masks: ['TrainData/mask/mask_2.h5'],
  })
  expect(official.targets.validation.masks).toEqual([])
  expect(official.targets.test.masks).toEqual(['TestData/mask/mask_1.h5'])
  expect(mirror.targets.test).toEqual({
    images: ['images/test/image_1.h5'],
    masks: ['annotations/test/mask_1.h5'],
  })
  expect(await describeFiles(mirror)).toEqual(await describeFiles(official))
  expect(await describeFiles(official)).toContain('image_2.h5 2')
})

test('what is no competition folder is refused with what it should hold', async () => {
  await expect(findCompetition(await write({ 'img/image_1.h5': '' }))).rejects.toMatchObject({
    code: 'bad-argument',
    message: expect.stringContaining('TrainData/img'),
  })
  const train = { 'TrainData/img/image_1.h5': '', 'TrainData/mask/mask_1.h5': '' }
  await expect(findCompetition(await write(train))).rejects.toMatchObject({
    code: 'training-impossible',
    message: expect.stringContaining('ValidData/img'),
  })
  const unlabelled = { 'TrainData/img/image_1.h5': '', 'TestData/img/image_1.h5': '' }
  await expect(findCompetition(await write(unlabelled))).rejects.toMatchObject({
    message: expect.stringContaining('mask'),
  })
})

test('patches are decoded with their masks; stray files and other shapes are left out and named', async () => {
  const [patch] = [...demoProject(1, { sourceCount: 1, targetCount: 0, size: 128 })]
  const [small] = [...demoProject(1, { sourceCount: 1, targetCount: 0, size: 32 })]
  const root = await write({
    'images/train/image_1.h5': await l4sImage(patch!),
    'annotations/train/mask_1.h5': await l4sMask(patch!.label!, 128, 128),
    'images/train/image_2.h5': await l4sImage(small!),
    'images/train/image_3.h5': 'stray',
    'images/test/image_1.h5': 'stray',
  })
  const competition = await findCompetition(root)
  const { io, notes } = recordingIo()
  const spool = await spoolSplit(competition, competition.train, 'source', join(folder, 'spool'), io)
  expect(spool.labelled).toMatchObject([{ name: 'image_1', width: 128, hasLabel: true }])
  expect(notes).toEqual([
    'Left out image_2: it is 32 x 32, not 128 x 128.',
    expect.stringContaining('image_3.h5'),
  ])
  await expect(
    spoolSplit(competition, competition.targets.test, 'target', join(folder, 'none'), io),
  ).rejects.toMatchObject({ code: 'training-impossible' })
})
