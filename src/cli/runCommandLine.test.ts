import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { AppError } from '../core/foundation/appError'
import { declareCommand, declareGroup } from './command'
import { recordingIo, runCommand } from './commandIo.testing'
import { COMMANDS } from './commands'
import { flag, text, whole } from './optionSpec'
import { runCommandLine } from './runCommandLine'

const runWith = async (argv: string[], work: () => Promise<number> = async () => 0) => {
  const declared = {
    summary: 'Works',
    details: 'Works long.',
    options: { steps: whole('<n>', 'steps', 1, 9) },
  }
  const command = declareCommand({ name: 'work', ...declared, run: work })
  const inner = declareCommand({ name: 'inner', ...declared, run: work })
  const group = declareGroup({
    name: 'group',
    summary: 'Groups',
    details: 'Groups.',
    commands: [inner],
    fallback: inner,
  })
  const { io, outLines, notes } = recordingIo()
  return {
    code: await runCommandLine(argv, [command, group], io),
    out: outLines.join('\n'),
    notes: notes.join('\n'),
  }
}

test('help and version go to stdout and exit 0', async () => {
  const overview = { code: 0, notes: '', out: expect.stringMatching(/ +work +Works\n/) }
  expect(await runWith(['--help'])).toMatchObject(overview)
  expect(await runWith(['help'])).toMatchObject(overview)
  const explained = { code: 0, notes: '', out: expect.stringMatching(/Usage: scarp work[\s\S]*Works long\./) }
  expect(await runWith(['work', '--help'])).toMatchObject(explained)
  expect(await runWith(['work', '--steps', '3', '-h'])).toMatchObject(explained)
  expect(await runWith(['help', 'work'])).toMatchObject(explained)
  expect(await runWith(['group', '--help'])).toMatchObject({ code: 0, out: expect.stringContaining('inner') })
  expect(await runWith(['group', 'inner', '--help'])).toMatchObject({
    code: 0,
    out: expect.stringContaining('Usage: scarp group inner'),
  })
  expect((await runWith(['--version'])).out).toMatch(/^\d+\.\d+\.\d+$/)
})

test('calls that do the same have one fingerprint, whatever the order and the folder of their results', async () => {
  const fingerprintOf = async (...argv: string[]) => {
    let found = ''
    const command = declareCommand({
      name: 'work',
      summary: '',
      details: '',
      words: ['<paths...>', 'inputs'],
      options: {
        out: text('<dir>', 'results').required(),
        force: flag('replace'),
        resume: flag('go on'),
        steps: whole('<n>', 'steps', 1, 9).default(3),
        rounds: whole('<n>', 'rounds', 1, 9),
        rate: whole('<n>', 'rate', 1, 9),
      },
      async run({ fingerprint }) {
        found = fingerprint
        return 0
      },
    })
    await runCommand(command, argv, recordingIo().io)
    return found
  }
  const one = await fingerprintOf('a', 'b', '--out', 'x', '--rounds', '2', '--rate', '1')
  const same = [
    ['a', 'b', '--rate', '1', '--rounds', '2', '--out', 'y', '--force'],
    ['--rounds', '2', '--rate', '1', '--steps', '3', '--out', 'x', '--resume', 'a', 'b'],
  ]
  for (const argv of same) expect(await fingerprintOf(...argv)).toBe(one)
  const other = [
    ['b', 'a', '--out', 'x', '--rounds', '2', '--rate', '1'],
    ['a', 'b', '--out', 'x', '--rounds', '2', '--rate', '1', '--steps', '4'],
    ['a', 'b', '--out', 'x', '--rounds', '2'],
    ['a', 'b', '--out', 'x', '--rounds', '1', '--rate', '2'],
  ]
  for (const argv of other) expect(await fingerprintOf(...argv)).not.toBe(one)
})

test('bad usage exits 2 and says what would be right', async () => {
  expect(await runWith([])).toMatchObject({ code: 2, out: expect.stringContaining('Works') })
  expect(await runWith(['wrok'])).toEqual({
    code: 2,
    out: '',
    notes: "scarp: Unknown command 'wrok'\n(Did you mean work?)\nSee scarp --help.",
  })
  expect(await runWith(['work', '--step', '3'])).toEqual({
    code: 2,
    out: '',
    notes: "scarp work: Unknown option '--step'\n(Did you mean --steps?)\nSee scarp work --help.",
  })
  expect(await runWith(['group', 'inner', '--steps', '10'])).toEqual({
    code: 2,
    out: '',
    notes:
      'scarp group inner: --steps takes a whole number from 1 to 9, not "10".\nSee scarp group inner --help.',
  })
  const refuse = async () => {
    throw new AppError('bad-argument', '--steps takes a number.')
  }
  expect(await runWith(['work'], refuse)).toMatchObject({
    code: 2,
    notes: 'scarp work: --steps takes a number.\nSee scarp work --help.',
  })
})

test('a cancelled command exits 130, a failed one 1, each with one message', async () => {
  const abort = async () => {
    throw new DOMException('stop', 'AbortError')
  }
  expect((await runWith(['work'], abort)).code).toBe(130)
  const fail = async () => {
    throw new AppError('gpu-unavailable', 'No GPU: install a driver.')
  }
  expect(await runWith(['work'], fail)).toMatchObject({
    code: 1,
    notes: 'scarp work: No GPU: install a driver.',
  })
  expect((await runWith(['work'], async () => 1)).code).toBe(1)
  expect((await runWith(['group'], async () => 1)).code).toBe(1)
})

test('every command explains itself and refuses options it does not know', async () => {
  expect(COMMANDS.length).toBeGreaterThanOrEqual(12)
  const run = async (...argv: string[]) => {
    const { io, outLines, notes } = recordingIo()
    return {
      code: await runCommandLine(argv, COMMANDS, io),
      out: outLines.join('\n'),
      notes: notes.join('\n'),
    }
  }
  const convert = ['list', 'sizes', 'check', 'convert'].map(action => ['models', action])
  const paths = [...COMMANDS.filter(({ name }) => name !== 'models').map(({ name }) => [name]), ...convert]
  for (const path of paths) {
    const { code, out } = await run(...path, '--help')
    expect([code, path.join(' ')]).toEqual([0, path.join(' ')])
    expect(out).toContain(`Usage: scarp ${path.join(' ')}`)
    expect(out).toContain('Exit codes: 0 ')
    const refused = await run(...path, '--no-such-option')
    expect([refused.code, path.join(' ')]).toEqual([2, path.join(' ')])
    expect(refused.notes).toContain('no-such-option')
  }
  for (const { name } of COMMANDS)
    expect((await run('--help')).out).toMatch(new RegExp(`^ +${name} {2,}\\w`, 'm'))
})

test('every command that writes has --force', async () => {
  const { io } = recordingIo()
  const all = COMMANDS.map(command => command.build({ io, argv: [], done: () => {} }))
  const leaves = all.flatMap(command => (command.commands.length > 0 ? command.commands : [command]))
  const writing = leaves.filter(({ options }) => options.some(({ long }) => long === '--out'))
  expect(writing.map(command => command.name()).sort()).toEqual([
    ...[
      'ablate',
      'archive',
      'bundle',
      'convert',
      'crossvalidate',
      'demo',
      'export',
      'gallery',
      'plan',
      'predict',
      'refine',
    ],
    ...['reproduce', 'stack', 'statistics-curve', 'train', 'train-starter'],
  ])
  for (const command of writing) {
    // A plan never changes: it is refused where one is.
    if (command.name() === 'plan') continue
    expect([command.name(), ...command.options.map(({ long }) => long)]).toContain('--force')
  }
})

test('a model is not called what every object has', async () => {
  for (const id of ['__proto__', 'constructor', 'a/b', '..']) {
    const { io, notes } = recordingIo()
    const argv = ['models', 'convert', 'x', '--out', 'y', '--id', id]
    expect(await runCommandLine(argv, COMMANDS, io)).toBe(2)
    expect(notes.join()).toContain(`--id takes a name of letters, digits and _ . -, not "${id}"`)
  }
})

test('an error of the file system is one sentence, and of a fault one says how to see more', async () => {
  const failing = (work: () => Promise<unknown>) => runWith(['work'], async () => Number(await work()))
  const missing = join(tmpdir(), 'no-such-folder', 'file')
  expect(await failing(() => readFile(missing))).toEqual({
    code: 1,
    out: '',
    notes: `scarp work: "${missing}" does not exist, or was removed meanwhile. Check the path.`,
  })
  expect((await failing(() => mkdir('/dev/null/x'))).notes.split('\n')).toEqual([
    'scarp work: A part of the path of "/dev/null/x" is a file, not a folder. Check the path.',
    'See scarp work --help.',
  ])
  expect(await failing(() => writeFile(tmpdir(), ''))).toMatchObject({
    code: 2,
    notes: expect.stringContaining(`There is a folder where the file "${tmpdir()}" should be.`),
  })
  const full = existsSync('/dev/full') ? failing(() => writeFile('/dev/full', 'x')) : null
  if (full)
    expect((await full).notes).toBe(
      'scarp work: The disk of a file is full. Free space on it, or write to another disk.',
    )
  const fault = async () => {
    throw new TypeError('undefined is not\na function')
  }
  const fails = await failing(fault)
  expect(fails).toMatchObject({ code: 1, notes: expect.not.stringContaining('runCommandLine.test') })
  expect(fails.notes).toBe(
    'scarp work: This is a fault of Scarp; SCARP_DEBUG=1 shows where. Please report it (undefined is not).',
  )
  vi.stubEnv('SCARP_DEBUG', '1')
  expect((await failing(fault)).notes).toContain('runCommandLine.test')
  vi.unstubAllEnvs()
})
