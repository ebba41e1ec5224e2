import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Claims } from './claims'

const HOUR = 3_600_000
const times = { beat: HOUR, stale: HOUR }

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scarp-claims-'))
})
afterAll(() => rm(folder, { recursive: true }))

test('one of many takes a claim, and the next one when it is released', async () => {
  const path = join(folder, 'one/unit.claim')
  const claims = Array.from({ length: 8 }, () => new Claims(times))
  const taken = await Promise.all(claims.map(each => each.take(path)))
  const held = taken.filter(claim => claim !== null)
  expect(held).toHaveLength(1)
  const winner = claims[taken.indexOf(held[0]!)]!
  expect(await claims[0]!.holder(path)).toMatchObject({
    owner: winner.owner,
    host: hostname(),
    pid: process.pid,
  })
  await held[0]!.release()
  expect(await claims[0]!.holder(path)).toBeNull()
  const next = await claims[1]!.take(path)
  expect(next).not.toBeNull()
  await next!.release()
  expect(await readdir(join(folder, 'one'))).toEqual([])
})

test('a claim without a sign of life is taken over by one process, and its owner learns of it', async () => {
  const path = join(folder, 'stale/unit.claim')
  const slow = await new Claims({ beat: 20, stale: HOUR }).take(path)
  const others = Array.from({ length: 4 }, () => new Claims({ beat: HOUR, stale: -1 }))
  // Not dead: it was written a moment ago.
  expect(await new Claims(times).take(path)).toBeNull()
  const taken = (await Promise.all(others.map(each => each.take(path)))).filter(claim => claim !== null)
  expect(taken.length).toBeGreaterThanOrEqual(1)
  await expect.poll(() => slow!.lost.aborted).toBe(true)
  // It releases nothing that is not its own.
  await slow!.release()
  expect(await readFile(path, 'utf8')).toContain('"owner"')
})

test('a beat keeps a claim alive, and only its age counts where its owner cannot be read', async () => {
  const path = join(folder, 'old/unit.claim')
  const claims = new Claims({ beat: 20, stale: HOUR })
  const claim = await claims.take(path)
  const old = new Date(Date.now() - 2 * HOUR)
  await utimes(path, old, old)
  await expect.poll(() => claims.holder(path)).not.toBeNull()
  await claim!.release()
  await writeFile(path, '')
  expect(await claims.holder(path)).toMatchObject({ host: 'another machine' })
  await utimes(path, old, old)
  expect(await claims.holder(path)).toBeNull()
})

test('the claim of a process of this machine that is gone is free at once, that of another machine is not', async () => {
  const path = join(folder, 'dead/unit.claim')
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  const claims = new Claims(times)
  const first = await claims.take(path)
  const text = JSON.parse(await readFile(path, 'utf8'))
  await first!.release()
  await writeFile(path, JSON.stringify({ ...text, owner: 'gone', pid, host: `not-${hostname()}` }))
  expect(await claims.take(path)).toBeNull()
  await writeFile(path, JSON.stringify({ ...text, owner: 'gone', pid }))
  expect(await claims.holder(path)).toBeNull()
  const next = await claims.take(path)
  expect(next).not.toBeNull()
  await next!.release()
})
