import { readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunReport } from './merge'
import {
  makeRoundsFolder,
  manifestOf,
  planRound,
  type RoundsFolder,
  refineWords,
  scarp,
  takeThrough,
} from './rounds.testing'

let made: RoundsFolder
beforeAll(async () => {
  made = await makeRoundsFolder(['starter-segformer'], [96, 64, 80, 128])
}, 60_000)
afterAll(() => rm(made.folder, { recursive: true }))

test('a round of a run plans the next one, the same from any shards and after a stop', async () => {
  const { folder, event, scenes } = made
  const refine = (run: string, out: string) => refineWords(made, run, out)
  const [one, two] = [await planRound(made, 'one', 1), await planRound(made, 'two', 2)]
  const early = await scarp(refine(one, join(folder, 'early')))
  expect([early.code, early.notes]).toEqual([
    2,
    expect.stringContaining('statistics of the event are missing'),
  ])
  await takeThrough(one)
  await takeThrough(two)

  const next = join(folder, 'two-next')
  const whole = await scarp(refine(two, next))
  expect([whole.code, whole.out], whole.notes).toEqual([0, expect.stringMatching(/^round 2: .*\nplanned: /)])
  const before = await manifestOf(two)
  const after = await manifestOf(next)
  expect(after).toMatchObject({ round: 2, inputs: before.inputs, settings: before.settings, shards: 2 })
  expect(after.parent).toMatch(/^[0-9a-f]{64}$/)
  expect(after.models.ids).toHaveLength(1)
  expect(after.models.ids[0]!.sha256).not.toBe(before.models.ids[0]!.sha256)
  const { round, cells } = JSON.parse(await readFile(join(next, 'report.json'), 'utf8'))
  // Both domains taught: two of three sound scenes, and the source.
  expect([cells, round.targetPatchIds.length, round.sourcePatchIds.length]).toEqual([2, 2, 3])
  expect((await readdir(next)).sort()).toEqual(['.scarp-run', 'manifest.json', 'models', 'report.json'])

  // Stopped within the network: there is no plan yet, and the same call continues.
  const cut = join(folder, 'one-next')
  expect((await scarp(refine(one, cut), 'step 1')).code).toBe(130)
  expect(await readdir(cut)).not.toContain('manifest.json')
  const rest = await scarp(refine(one, cut))
  expect(rest.code, rest.notes).toBe(0)
  expect(rest.notes).toContain('it continues')
  expect((await manifestOf(cut)).models.ids[0]!.sha256).toBe(after.models.ids[0]!.sha256)
  expect((await scarp(refine(one, cut))).out).toContain('trained already')
  const other = await scarp([...refine(one, cut), '--seed', '10'])
  expect([other.code, other.notes]).toEqual([2, expect.stringContaining('holds an earlier run')])
  const doubled = await scarp([...refine(one, cut), '--target', event])
  expect([doubled.code, doubled.notes]).toEqual([2, expect.stringContaining('says its target')])

  // The next run goes the same way as the first, wherever it is moved to: its models are in it.
  const moved = join(folder, 'moved')
  await rename(next, moved)
  await takeThrough(moved)
  const merged = await scarp(['merge', '--run', moved])
  expect(merged.code, merged.notes).toBe(0)
  const report = JSON.parse(await readFile(join(moved, 'merged/report.json'), 'utf8')) as RunReport
  expect(report.models).toEqual(after.models.ids)
  expect(report.done).toEqual(scenes.slice(0, -1))
}, 500_000)
