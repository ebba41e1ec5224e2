import { expect, test } from 'vitest'
import { AppError } from '../core/foundation/appError'
import type { Command } from './command'
import { recordingIo } from './commandIo.testing'
import { COMMANDS } from './commands'
import { runCommandLine } from './runCommandLine'

const command = (run: Command['run']): Command => ({
  name: 'work',
  summary: 'Works',
  help: 'Usage: work',
  run,
})

const runWith = async (argv: string[], run: Command['run'] = async () => 0) => {
  const { io, outLines, notes } = recordingIo()
  return {
    code: await runCommandLine(argv, [command(run)], io),
    out: outLines.join('\n'),
    notes: notes.join('\n'),
  }
}

test('help and version go to stdout and exit 0', async () => {
  expect(await runWith(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('work') })
  expect(await runWith(['work', '--help'])).toMatchObject({ code: 0, out: 'Usage: work' })
  expect(await runWith(['help', 'work'])).toMatchObject({ code: 0, out: 'Usage: work' })
  expect((await runWith(['--version'])).out).toMatch(/^\d+\.\d+\.\d+$/)
})

test('bad usage exits 2 and says what would be right', async () => {
  expect((await runWith([])).code).toBe(2)
  expect(await runWith(['wrok'])).toMatchObject({
    code: 2,
    notes: expect.stringContaining('Did you mean "work"?'),
  })
  const refuse = async () => {
    throw new AppError('bad-argument', '--steps takes a number.')
  }
  expect(await runWith(['work'], refuse)).toMatchObject({
    code: 2,
    notes: expect.stringContaining('--steps'),
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
})

test('every command explains itself and refuses options it does not know', async () => {
  expect(COMMANDS.length).toBeGreaterThanOrEqual(4)
  for (const { name, summary, help } of COMMANDS) {
    expect(help, name).toContain(`scarp ${name}`)
    expect(help, name).toContain('Exit codes')
    expect(summary.length, name).toBeGreaterThan(10)
    const { io, notes } = recordingIo()
    expect(await runCommandLine([name, '--no-such-option'], COMMANDS, io), name).toBe(2)
    expect(notes.join(), name).toContain('no-such-option')
  }
})
