import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { nodeInput, readNamedFile } from './nodeFiles'
import { RunRecord } from './runRecord'
import { describePassedOver, walkFiles } from './walkFiles'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'scarp-walk-'))
})
afterEach(() => rm(root, { recursive: true }))

const place = (path: string) => join(root, path)

function write(...paths: string[]) {
  for (const path of paths) {
    mkdirSync(join(place(path), '..'), { recursive: true })
    writeFileSync(place(path), 'x')
  }
}

async function walk(paths = [root], made?: (path: string) => boolean) {
  const { files, passedOver } = await walkFiles(paths, made)
  return { files: files.map(path => relative(root, path)), said: describePassedOver(passedOver) }
}

test('files in order of their numbers; what is passed over is said, with its first names', async () => {
  write('b/image_10.h5', 'b/image_2.h5', 'a.h5', '.DS_Store', '.git/config', 'Thumbs.db', '.x\u001b[31m.h5')
  await symlink(place('a.h5'), place('link.h5'))
  await symlink(root, place('round'))
  const { files, said } = await walk()
  expect(files).toEqual(['a.h5', 'b/image_2.h5', 'b/image_10.h5'])
  expect(said).toEqual([
    `Left out 4 hidden files: ${place('.DS_Store')}, ${place('.git')}, ${place('.x\\u001b[31m.h5')} and 1 more. Give them by name.`,
    `Left out 2 links: ${place('link.h5')}, ${place('round')}. Give what they lead to.`,
  ])
  expect((await walk([place('.DS_Store'), place('link.h5')])).files).toEqual(['.DS_Store', 'link.h5'])
})

test('a pipe or a socket is passed over in a folder, and refused by name', async () => {
  write('a.h5')
  execFileSync('mkfifo', [place('pipe.h5')])
  const server = createServer()
  await new Promise<void>(done => server.listen(place('socket'), done))
  try {
    expect(await walk()).toEqual({
      files: ['a.h5'],
      said: [`Left out 2 special files: ${place('pipe.h5')}, ${place('socket')}.`],
    })
    const refusal = `"${place('pipe.h5')}" is a pipe, not a file. Give a file or a folder.`
    await expect(walk([place('pipe.h5')])).rejects.toThrow(refusal)
    await expect(nodeInput(place('pipe.h5'))).rejects.toThrow(refusal)
    await expect(readNamedFile(place('pipe.h5'))).rejects.toThrow(refusal)
    await expect(walk([place('socket')])).rejects.toThrow('is a socket, not a file')
    await expect(walk(['/dev/zero'])).rejects.toThrow('"/dev/zero" is a device, not a file')
  } finally {
    server.close()
  }
})

test('what our runs made is no input: folders of others, and files of the command itself', async () => {
  write('a.tif', 'out/a_mask.tif', 'demo/img/image_1.h5')
  const head = { version: 1, command: 'scarp predict', isInput: false } as const
  const run = await RunRecord.start(place('out'), head, null)
  await run.note(place('out/a_mask.tif'))
  run.close()
  ;(await RunRecord.start(place('demo'), { ...head, command: 'scarp demo', isInput: true }, null)).close()
  expect(await walk()).toEqual({
    files: ['a.tif', 'demo/img/image_1.h5'],
    said: [`Left out 1 folder of scarp predict: ${place('out')}.`],
  })
  expect((await walk([place('out')])).files).toEqual(['out/a_mask.tif'])
  expect(await walk([place('out')], path => run.has(path))).toEqual({
    files: [],
    said: [`Left out 1 result: ${place('out/a_mask.tif')}.`],
  })
})

test('a path that is not there is refused with its name', async () => {
  await expect(walk([place('none')])).rejects.toThrow(`"${place('none')}" does not exist. Check the path.`)
})
