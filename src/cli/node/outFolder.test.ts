import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { recordingIo } from '../commandIo.testing'
import { fileError } from './fileError'
import { writeAtomically } from './nodeFiles'
import { type OutRequest, refuseExisting, withOutFolder } from './outFolder'
import { noteFile, RunRecord, removeOwn } from './runRecord'

let root: string
let out: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'scarp-out-'))
  out = join(root, 'out')
})
afterEach(() => rm(root, { recursive: true }))

const place = (path: string) => join(out, path)

async function write(path: string, text = 'foreign') {
  await mkdir(join(place(path), '..'), { recursive: true })
  await writeFile(place(path), text)
}

/** A run that writes the files. @returns what it said. */
async function run(files: string[], how: Partial<OutRequest> = {}, within?: () => Promise<unknown>) {
  const { io, notes } = recordingIo()
  const request = {
    path: out,
    command: 'scarp refine',
    fingerprint: 'of its options',
    force: false,
    resume: 'by --resume' as const,
    ...how,
  }
  await withOutFolder(request, io, async folder => {
    await folder.begin([...new Set(files.map(file => file.split('/')[0]!))])
    for (const file of files) await writeAtomically(place(file), 'ours')
    await within?.()
  })
  return notes.join('\n')
}

const read = (path: string) => readFile(place(path), 'utf8')

/** The lock as a process of this machine would leave it. */
const lockOf = (pid: number, began: string | null = null, host = hostname()) =>
  `${JSON.stringify({ pid, host, began, command: 'scarp train', since: '2026-01-01T00:00:00Z' })}\n`

const deadPid = () => spawnSync(process.execPath, ['-e', '']).pid

test('a read-only disk is said, however deep the folder would lie', async ({ skip }) => {
  const disk = join(root, 'disk')
  await mkdir(disk)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', disk])
  skip(mounted.status !== 0, 'A disk can be mounted by root alone.')
  try {
    for (const path of ['out', 'deep/out']) {
      const thrown = await run(['a'], { path: join(disk, path) }).catch(error => fileError(error))
      const first = join(disk, path.split('/')[0]!)
      expect(thrown).toMatchObject({
        code: 'storage-failed',
        message: `The disk of "${first}" is read-only. Write to another disk.`,
      })
    }
  } finally {
    spawnSync('umount', [disk])
  }
})

test('what a killed run was writing goes with what it wrote', async () => {
  await run(['masks/a.tif'], {}, async () => {
    await noteFile(place('masks/b.tif'))
    await write('masks/b.tif.part', 'half')
  })
  await write('masks/mine.tif.part')
  await run([], { force: true })
  expect(readdirSync(place('masks'))).toEqual(['mine.tif.part'])
})

test('what nobody of ours made is neither overwritten nor removed', async () => {
  await write('masks/mine.tif')
  await write('round-1/notes.txt')
  await expect(run(['masks/a.tif', 'round-1/b', 'report.json'])).rejects.toThrow(
    `"${out}" already has masks, round-1. --force overwrites; or give another --out.`,
  )
  expect(readdirSync(out).sort()).toEqual(['masks', 'round-1'])
  await write('masks/a.tif')
  await run(['masks/a.tif', 'round-1/b'], { force: true })
  expect(await read('masks/a.tif')).toBe('ours')
  expect(await read('masks/mine.tif')).toBe('foreign')
  expect(await read('round-1/notes.txt')).toBe('foreign')
})

test('an empty folder of a name, and others beside it, do not stand in the way', async () => {
  await mkdir(place('masks'), { recursive: true })
  await write('notes.txt')
  await run(['masks/a.tif'])
  expect(await read('masks/a.tif')).toBe('ours')
  await symlink(place('nowhere'), place('report.json'))
  await expect(run(['report.json'], { command: 'scarp refine', force: false })).rejects.toThrow('earlier run')
})

test('an earlier run is replaced with --force alone, and then it alone goes', async () => {
  await run(['masks/a.tif', 'masks/b.tif', 'round-2/models/m/weights', 'report.json'])
  await write('masks/mine.tif')
  await expect(run(['masks/a.tif'])).rejects.toThrow(
    `"${out}" holds an earlier run of scarp refine. --resume continues it, --force replaces it; or give another --out.`,
  )
  await expect(run(['masks/a.tif'], { resume: null })).rejects.toThrow('. --force replaces it; or')
  expect(await read('masks/b.tif')).toBe('ours')
  await run(['masks/a.tif'], { force: true })
  expect(readdirSync(place('masks')).sort()).toEqual(['a.tif', 'mine.tif'])
  expect(readdirSync(out).sort()).toEqual(['.scarp-run', 'masks'])
})

/** A run that is cut off after the files were written, as by a kill: nothing says that it is done. */
async function cutOff(files: string[], how: Partial<OutRequest> = {}) {
  const killed = () => Promise.reject(new Error('killed'))
  await expect(run(files, how, killed)).rejects.toThrow('killed')
}

test('the same command replaces what it made before it was cut off, and nothing else', async () => {
  const command = { command: 'scarp predict', resume: null }
  await cutOff(['masks/a.tif', 'masks/b.tif', 'report.json'], command)
  await write('masks/c.tif.part', 'half')
  await write('notes.txt')
  const refused = '" already has masks. --force overwrites'
  await expect(run(['masks/a.tif', 'report.json'], command)).rejects.toThrow(refused)
  expect(readdirSync(place('masks')).sort()).toEqual(['a.tif', 'b.tif', 'c.tif.part'])
  await rm(place('masks/c.tif.part'))
  await write('masks/b.tif.part', 'half')

  const notes = await run(['masks/a.tif', 'report.json'], command)
  expect(notes).toContain(`The same command had not finished in "${out}": it starts again.`)
  expect(readdirSync(place('masks'))).toEqual(['a.tif'])
  expect(readdirSync(out).sort()).toEqual(['.scarp-run', 'masks', 'notes.txt', 'report.json'])
})

test('a finished run, and one of other options or of an earlier version, still asks', async () => {
  const command = { command: 'scarp predict', resume: null }
  const asks = 'holds an earlier run of scarp predict. --force replaces it'
  await cutOff(['a'], command)
  await expect(run(['a'], { ...command, fingerprint: 'others' })).rejects.toThrow(asks)
  await expect(run(['a'], { ...command, command: 'scarp demo' })).rejects.toThrow(asks)
  await run(['a'], command)
  await expect(run(['a'], command)).rejects.toThrow(asks)
  await write('.scarp-run', '{"version":1,"command":"scarp predict","isInput":false}\n"a"\n')
  await expect(run(['a'], command)).rejects.toThrow(asks)
  expect(await read('a')).toBe('ours')
})

test('a run that said it is done is done, although it was cut off later', async () => {
  const { io } = recordingIo()
  const request = {
    path: out,
    command: 'scarp train',
    fingerprint: '',
    force: false,
    resume: null,
  }
  const once = () =>
    withOutFolder(request, io, async folder => {
      await folder.begin(['a'])
      await writeAtomically(place('a'), 'ours')
      await folder.setDone()
      throw new Error('killed')
    })
  await expect(once()).rejects.toThrow('killed')
  await expect(once()).rejects.toThrow('holds an earlier run of scarp train')
})

test('a run that goes on keeps what the one before made, and is not done until it says so', async () => {
  await cutOff(['a', 'b'])
  const goOn = (within?: () => Promise<unknown>) => {
    const { io, notes } = recordingIo()
    const request = {
      path: out,
      command: 'scarp refine',
      fingerprint: 'of its options',
      force: false,
      resume: 'by --resume' as const,
    }
    return withOutFolder(request, io, async folder => {
      expect(folder.repeats).toBe(true)
      folder.goOn()
      await folder.begin(['a'])
      await within?.()
      return notes.join()
    })
  }
  await expect(goOn(() => Promise.reject(new Error('killed')))).rejects.toThrow('killed')
  expect(await goOn()).toContain(`had not finished in "${out}": it continues.`)
  expect(readdirSync(out).sort()).toEqual(['.scarp-run', 'a', 'b'])
  await expect(run(['a'])).rejects.toThrow('--resume continues it, --force replaces it')
})

test('a run that fails before it writes leaves the earlier one as it is', async () => {
  await run(['report.json'])
  const { io } = recordingIo()
  const request = { path: out, command: 'scarp refine', fingerprint: '', force: true, resume: null }
  const failing = withOutFolder(request, io, async () => {
    throw new Error('no models')
  })
  await expect(failing).rejects.toThrow('no models')
  expect(await read('report.json')).toBe('ours')
  await run(['report.json'], { force: true })
})

test('a continued run keeps what it made, and knows it later', async () => {
  await run(['a', 'b'])
  await run(['c'], { resume: 'now' })
  expect(readdirSync(out).sort()).toEqual(['.scarp-run', 'a', 'b', 'c'])
  await run([], { force: true })
  expect(readdirSync(out)).toEqual(['.scarp-run'])
  await run(['a'], { command: 'scarp ablate', resume: 'by the same command', force: true })
  await run(['a'], { command: 'scarp ablate', resume: 'by the same command' })
  await expect(run(['a'], { command: 'scarp ablate-other', resume: 'by the same command' })).rejects.toThrow(
    'an earlier run of scarp ablate. --force',
  )
})

test('a run removes its own files below a path, and the folders that are empty then', async () => {
  await run(['checkpoints/a', 'checkpoints/deep/b', 'checkpoints-of-mine/c', 'd'], {}, async () => {
    await write('checkpoints/deep/mine')
    await removeOwn(place('checkpoints'))
    expect(existsSync(place('checkpoints/a'))).toBe(false)
    expect(readdirSync(place('checkpoints/deep'))).toEqual(['mine'])
    await removeOwn(place('d'))
  })
  expect(readdirSync(out).sort()).toEqual(['.scarp-run', 'checkpoints', 'checkpoints-of-mine'])
  await removeOwn(place('checkpoints-of-mine/c'))
  expect(existsSync(place('checkpoints-of-mine/c'))).toBe(true)
})

test('a record from a stranger removes nothing outside its folder', async () => {
  await writeFile(join(root, 'victim'), 'precious')
  await mkdir(join(root, 'elsewhere'))
  await writeFile(join(root, 'elsewhere/victim'), 'precious')
  await mkdir(out)
  await symlink(join(root, 'elsewhere'), place('link'))
  await write('inside', 'ours')
  const names = [
    '../victim',
    join(root, 'victim'),
    'link/victim',
    'x/../../victim',
    '..',
    '.',
    '',
    7,
    'inside',
  ]
  const head = { version: 1, command: 'scarp refine', isInput: false }
  await write('.scarp-run', `${[head, ...names].map(line => JSON.stringify(line)).join('\n')}\n"torn`)
  await run([], { force: true })
  expect(await readFile(join(root, 'victim'), 'utf8')).toBe('precious')
  expect(await readFile(join(root, 'elsewhere/victim'), 'utf8')).toBe('precious')
  expect(existsSync(place('inside'))).toBe(false)
  await write('.scarp-run', 'nothing of ours')
  expect(await RunRecord.read(out)).toBeNull()
})

test('what is written after a record was torn is noted whole', async () => {
  await run(['a'])
  await writeFile(place('.scarp-run'), `${(await read('.scarp-run')).trimEnd()}\n"to`)
  await run(['b'], { resume: 'now' })
  const record = (await RunRecord.read(out))!
  expect([record.size, record.has(place('a')), record.has(place('b')), record.has(place('to'))]).toEqual([
    2,
    true,
    true,
    false,
  ])
})

test('a folder in use is refused with the process, and one of a dead process is taken over', async () => {
  const other = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'])
  await once(other, 'spawn')
  const fields = (await readFile(`/proc/${other.pid}/stat`, 'utf8').catch(() => '')).split(') ').at(-1)!
  const began = fields.split(' ')[19] ?? null
  await mkdir(out)
  await write('.scarp-lock', lockOf(other.pid!, began))
  await expect(run(['a'])).rejects.toThrow(
    `"${out}" is in use by process ${other.pid} on ${hostname()} (scarp train, since 2026-01-01T00:00:00Z). Wait for ` +
      `it, or give another --out. If that process is gone, delete "${place('.scarp-lock')}".`,
  )
  expect(existsSync(place('a'))).toBe(false)
  other.kill('SIGKILL')
  await once(other, 'exit')
  expect(await run(['a'])).toContain(`Process ${other.pid}, which wrote to "${out}", is gone`)
  expect(existsSync(place('.scarp-lock'))).toBe(false)
})

test.runIf(existsSync('/proc/self/stat'))(
  'a process that got the id of a dead one holds nothing',
  async () => {
    await mkdir(out)
    await write('.scarp-lock', lockOf(process.pid, '1'))
    expect(await run(['a'])).toContain('is gone')
  },
)

test('locks of other machines, and damaged ones, are not taken over', async () => {
  await mkdir(out)
  await write('.scarp-lock', lockOf(deadPid(), null, 'elsewhere'))
  await expect(run(['a'])).rejects.toThrow('on elsewhere')
  await write('.scarp-lock', 'no json')
  await expect(run(['a'])).rejects.toThrow(`"${out}" is locked. If no scarp command runs, delete`)
})

test('of runs that start at once, one has the folder, also after a dead process', async () => {
  await mkdir(out)
  await write('.scarp-lock', lockOf(deadPid()))
  let inside = 0
  let most = 0
  const start = () =>
    run([], { force: true }, async () => {
      most = Math.max(most, ++inside)
      await new Promise(done => setTimeout(done, 50))
      inside--
    })
  const results = await Promise.allSettled(Array.from({ length: 8 }, start))
  expect(most).toBe(1)
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  const failed = results.find(result => result.status === 'rejected')
  expect(failed?.reason.message).toContain(`in use by process ${process.pid}`)
  expect(readdirSync(out)).toEqual(['.scarp-run'])
})

test('a refused run leaves no folder behind', async () => {
  const { io } = recordingIo()
  const request = { path: out, command: 'scarp refine', fingerprint: '', force: false, resume: null }
  await expect(withOutFolder(request, io, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(existsSync(out)).toBe(false)
  await run(['a'])
  expect((await stat(out)).isDirectory()).toBe(true)
})

test('a file is overwritten with --force alone', async () => {
  await write('sheet.png')
  await expect(refuseExisting(place('sheet.png'), false)).rejects.toThrow(
    'sheet.png" is there already. --force',
  )
  await refuseExisting(place('sheet.png'), true)
  await refuseExisting(place('other.png'), false)
  await mkdir(place('empty'))
  await refuseExisting(place('empty'), false)
  await expect(refuseExisting(out, false)).rejects.toThrow('is there already')
})
