import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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

  test('says what there is no permission for', ({ skip }) => {
    const [folder, file] = [join(work, 'locked'), join(work, 'locked.h5')]
    mkdirSync(folder, { mode: 0o500 })
    writeFileSync(file, 'x', { mode: 0 })
    chmodSync(work, 0o755)
    // Root may do everything, so that nobody tries it there.
    const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
    const main = join(root, 'dist/cli/main.js')
    const run = (...args: string[]) =>
      spawnSync(process.execPath, ['--no-warnings', main, ...args], { cwd: work, encoding: 'utf8', ...user })
    skip(run('--version').status !== 0, 'This checkout cannot be read by another user.')
    const written = run('demo', '--out', join(folder, 'new/demo'))
    expect([written.status, written.stderr]).toEqual([
      1,
      `scarp demo: There is no permission for "${folder}/new/demo". Change its permissions, or choose another place.\n`,
    ])
    const read = run('inspect', file)
    expect([read.status, read.stdout]).toEqual([1, expect.stringMatching(/locked\.h5: REFUSED .*permission/)])
  })

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
