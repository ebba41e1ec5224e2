import { execFile, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { vulkanEnvironment } from '../vulkan.mjs'
import { packGpuMachine } from './pack.mjs'

const run = promisify(execFile)
const MINUTES = 60_000
/** Without it run.sh does no more than the check that the archive's own command line has. */
const hasPython = spawnSync('python3', ['--version']).status === 0
if (!hasPython) console.warn('There is no python3 here: run.sh of the archive for GPU machines is not tried.')

describe.skipIf(process.platform !== 'linux')('the archive for a machine with a GPU', () => {
  let folder: string
  let unpacked: string
  let bytes: number
  /** Of this machine's own driver, and nothing else of the checkout. */
  const { PATH, HOME, VK_ICD_FILENAMES, LD_LIBRARY_PATH } = process.env
  const environment = { PATH, HOME, VK_ICD_FILENAMES, LD_LIBRARY_PATH, ...vulkanEnvironment().env }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'scarp-packed-'))
    const archive = join(folder, 'scarp-gpu.tar.gz')
    bytes = (await packGpuMachine(archive)).bytes
    await run('tar', ['-xzf', archive, '-C', folder])
    unpacked = join(folder, 'scarp-gpu')
  }, 10 * MINUTES)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('has less than 64 MiB, with a Vulkan loader', () => {
    expect(bytes).toBeLessThan(64 * 2 ** 20)
    expect(bytes).toBeGreaterThan(20 * 2 ** 20)
    expect(existsSync(join(unpacked, 'lib/libvulkan.so.1'))).toBe(true)
  })

  test('its command line answers, without the checkout and without a Node', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
    const main = join(unpacked, 'dist/cli/main.js')
    const { stdout } = await run(join(unpacked, 'node'), ['--no-warnings', main, '--version'], {
      cwd: folder,
      env: {},
    })
    expect(stdout.trim()).toBe(version)
  })

  test.skipIf(!hasPython)(
    'run.sh checks first, then times, and says why a time is missing',
    async () => {
      const out = join(folder, 'results')
      const { stdout } = await run(join(unpacked, 'run.sh'), ['--short', '--out', out], {
        cwd: folder,
        env: environment,
      })
      expect(stdout).toMatch(/^Checked on webgpu: /m)
      const results = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8'))
      expect(results.check.passed).toBe(true)
      expect(results.check.checks.filter(({ part }: { part: string }) => part === 'models')).toHaveLength(6)
      const timed = results.timings as { by: string; ms: number | null; note: string }[]
      // A time, or why there is none: no card for PyTorch, or not done in its time.
      for (const by of ['Scarp', 'PyTorch']) {
        const rows = timed.filter(row => row.by.startsWith(by))
        expect(rows.length).toBeGreaterThan(0)
        for (const { ms, note } of rows) expect(ms !== null || note !== '').toBe(true)
      }
      expect(readFileSync(join(out, 'table.txt'), 'utf8')).toMatch(/^segformer +.* Scarp /m)
    },
    15 * MINUTES,
  )
})
