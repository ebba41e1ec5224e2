import { expect, test } from 'vitest'
import { declareCommand } from './command'
import { recordingIo, runCommand } from './commandIo.testing'
import {
  choice,
  flag,
  list,
  noFlag,
  number,
  type OptionSpecs,
  text,
  texts,
  type ValuesOf,
  whole,
  wholes,
} from './optionSpec'

async function parse<O extends OptionSpecs>(options: O, ...argv: string[]): Promise<ValuesOf<O>> {
  let values: ValuesOf<O> | null = null
  const command = declareCommand({
    name: 'work',
    summary: 'Works',
    details: 'Works.',
    options,
    async run(call) {
      values = call.options
      return 0
    },
  })
  await runCommand(command, argv, recordingIo().io)
  return values!
}

async function helpOf(options: OptionSpecs): Promise<string> {
  const command = declareCommand({
    name: 'work',
    summary: '',
    details: 'Works.',
    options,
    run: async () => 0,
  })
  const { io, outLines } = recordingIo()
  await expect(runCommand(command, ['--help'], io)).rejects.toThrow('outputHelp')
  return outLines.join('\n')
}

const refusal = (message: string | RegExp) =>
  expect.objectContaining({ code: 'bad-argument', message: expect.stringMatching(message) })

test('numbers are checked against their range, and the refusal names what is allowed', async () => {
  const options = {
    steps: whole('<n>', 'steps', 1, 10).default(3),
    rate: number('<x>', 'rate', 0.5, Infinity),
  }
  expect(await parse(options, '--steps', '7', '--rate=1e3')).toEqual({ steps: 7, rate: 1000 })
  expect(await parse(options)).toEqual({ steps: 3 })
  for (const bad of ['x', '', ' ', '1.5', '0', '11', '-1', 'NaN', 'Infinity']) {
    const allowed = refusal(`^--steps takes a whole number from 1 to 10, not "${bad}"\\.$`)
    await expect(parse(options, `--steps=${bad}`), bad).rejects.toEqual(allowed)
  }
  await expect(parse(options, '--rate', '0.4')).rejects.toEqual(
    refusal('^--rate takes a number from 0.5, not'),
  )
})

test('both ends of a range belong to it, and whole numbers come in lists', async () => {
  const options = {
    rate: number('<x>', 'rate', 0.5, 2),
    folds: wholes('<n>', 'folds'),
    name: text('<t>', 'name'),
  }
  expect(await parse(options, '--rate', '0.5', '--folds', '1,12', '--name', 'a')).toEqual({
    rate: 0.5,
    folds: [1, 12],
    name: 'a',
  })
  expect(await parse(options, '--rate', '2')).toEqual({ rate: 2 })
  await expect(parse(options, '--rate', '2.1')).rejects.toEqual(
    refusal('^--rate takes a number from 0.5 to 2, not "2.1"'),
  )
  for (const bad of ['0', '1,0', '1.5', 'x', '1,', '-1']) {
    await expect(parse(options, `--folds=${bad}`)).rejects.toEqual(
      refusal(`^--folds takes whole numbers from 1 on, separated by commas, not "${bad}"\\.$`),
    )
  }
  await expect(parse(options, '--name=')).rejects.toEqual(refusal('^--name takes a text, not ""\\.$'))
})

test('words, lists and switches', async () => {
  const options = {
    backend: choice('<name>', 'where', ['webgpu', 'cpu']).default('cpu'),
    holdOut: list('<names>', 'names'),
    dem: texts('<files...>', 'files'),
    resume: flag('resume'),
    augment: noFlag('no augmentation'),
  }
  expect(await parse(options)).toEqual({ backend: 'cpu', resume: false, augment: true })
  const given = ['--backend', 'webgpu', '--hold-out', 'a, b', '--resume', '--no-augment']
  expect(await parse(options, ...given)).toEqual({
    backend: 'webgpu',
    holdOut: ['a', 'b'],
    resume: true,
    augment: false,
  })
  const several = ['--dem', 'a.tif', 'b, c.tif', '--resume', '--dem', 'd.tif']
  expect(await parse(options, ...several)).toMatchObject({
    dem: ['a.tif', 'b, c.tif', 'd.tif'],
    resume: true,
  })
  await expect(parse(options, '--dem', '--resume')).rejects.toEqual(
    refusal('^--dem is followed by --resume: its value is missing\\.$'),
  )
  await expect(parse(options, '--backend', 'gpu')).rejects.toEqual(
    refusal('^--backend takes webgpu, cpu, not "gpu"\\.$'),
  )
  await expect(parse(options, '--hold-out', 'a,,b')).rejects.toEqual(
    refusal('^--hold-out takes names separated by commas, not "a,,b"'),
  )
  await expect(parse(options, '--augment')).rejects.toEqual(refusal('--augment'))
})

test('a missing option, a missing value and an unknown option are bad arguments', async () => {
  const options = { out: text('<dir>', 'folder').required(), resume: flag('resume') }
  expect(await parse(options, '--out', 'a')).toEqual({ out: 'a', resume: false })
  await expect(parse(options)).rejects.toEqual(refusal('^--out is missing\\.$'))
  await expect(parse(options, '--out')).rejects.toEqual(refusal("'--out <dir>' argument missing"))
  await expect(parse(options, '--out=')).rejects.toEqual(refusal('^--out takes'))
  await expect(parse(options, '--out', '--resume')).rejects.toEqual(
    refusal('^--out is followed by --resume: its value is missing\\.$'),
  )
  await expect(parse(options, '--out', 'a', '--resum')).rejects.toEqual(refusal('--resum.*\\n.*--resume'))
  await expect(parse(options, '--out', 'a', 'word')).rejects.toEqual(refusal('too many arguments|Too many'))
})

test('the help shows range, default and what must be given, as they are checked', async () => {
  const steps = whole('<n>', 'optimiser steps', 1, 1000).default(200)
  const help = await helpOf({
    out: text('<dir>', 'output folder').required(),
    steps,
    scale: number('<s>', 'scale promotion', 1, 8).otherwise('as trained').under('Training:'),
    backend: choice('<name>', 'where networks run', ['auto', 'cpu']).default('auto'),
    resume: flag('continue'),
  })
  expect(help).toContain('Usage: work --out <dir> [options]')
  expect(help).toMatch(/--out <dir> +output folder \(required\)\n/)
  expect(help).toMatch(/--steps <n> +optimiser steps \(1 to 1000; default 200\)\n/)
  expect(help).toMatch(/Training:\n +--scale <s> +scale promotion \(1 to 8; default: as trained\)\n/)
  expect(help).toMatch(/--backend <name> +where networks run \(auto, cpu; default auto\)\n/)
  expect(help).toMatch(/--resume +continue\n/)
  expect(help).toContain('Exit codes: 0 done; 1 the work failed; 2 bad usage; 130 interrupted.')
  expect(await helpOf({ rate: number('<x>', 'rate', 1, Infinity).describe('how fast') })).toMatch(
    /--rate <x> +how fast \(from 1\)\n/,
  )
  expect(await helpOf({ heldOut: noFlag('keep') })).toMatch(/--no-held-out +keep\n/)
  const required = await helpOf({ steps: steps.otherwise('as many as before') })
  expect(required).toContain('(1 to 1000; default: as many as before)')
  // Another command's default is its own.
  expect(await helpOf({ steps: steps.default(5) })).toContain('(1 to 1000; default 5)')
  expect(await helpOf({ steps })).toContain('(1 to 1000; default 200)')
})
