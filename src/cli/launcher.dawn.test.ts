import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const work = mkdtempSync(join(tmpdir(), 'scarp-launcher-'))

/** The command line as a user starts it: bundled, in a process of its own. */
function scarp(...args: string[]) {
  return spawnSync(process.execPath, [join(root, 'src/cli/scarp.mjs'), ...args], {
    cwd: work,
    encoding: 'utf8',
    timeout: 110_000,
  })
}

describe('the bundled command line', () => {
  afterAll(() => rmSync(work, { recursive: true, force: true }))

  test('prints help and refuses unknown words with their exit codes', () => {
    const help = scarp('--help')
    expect([help.status, help.stdout]).toEqual([0, expect.stringContaining('inspect')])
    expect(scarp('nonsense').status).toBe(2)
  }, 120_000)

  test.each(['wasm', 'webgpu'])(
    'predicts generated patches with the shipped models on %s',
    backend => {
      const patches = `demo-${backend}`
      const demo = scarp('demo', '--out', patches, '--source', '1', '--target', '2')
      expect(demo.status, demo.stderr).toBe(0)
      const models = join(root, 'models')
      const out = `out-${backend}`
      const done = scarp(
        ...['predict', `${patches}/target/img`, '--models', models, '--out', out, '--backend', backend],
      )
      expect(done.status, done.stderr).toBe(0)
      expect(done.stderr).toContain(`Backend: ${backend}`)
      const report = JSON.parse(readFileSync(join(work, out, 'report.json'), 'utf8'))
      expect(JSON.stringify(report)).toContain('starter-segformer')
      const scores = scarp('evaluate', '--pred', out, '--truth', `${patches}/truth/mask`, '--json')
      expect(scores.status, scores.stderr).toBe(0)
      expect(JSON.parse(scores.stdout).f1).toBeGreaterThan(0.2)
    },
    240_000,
  )
})
