import { join } from 'node:path'
import type { CommandIo } from '../../cli/node/commandIo'
import { writeAtomically, writeJson } from '../../cli/node/nodeFiles'
import { PatchSpool } from '../../cli/node/patchSpool'
import { startCliEngine } from '../../cli/node/startCliEngine'
import { throwIfAborted } from '../../core/foundation/appError'
import { setStatistics } from '../../core/patches/setStatistics'
import { STATISTICS_RULES, type StatisticsRule } from '../../core/patches/targetStatistics'
import type { BackendName } from '../../core/rounds/engineInfo'
import { ENSEMBLE } from '../../core/rounds/ensemble'
import { addTally, emptyTally, f1At, type ProbabilityTally } from '../../core/rounds/probabilityTally'
import { type BenchmarkOptions, benchmarkProject } from '../../core/synthetic/benchmarkProject'
import { type LoadedModels, loadModels } from './ruleScores'
import { type StarterRecipe, trainStarterModels } from './starterRecipe'
import { setOf } from './starterSets'

export interface CurveRequest {
  out: string
  seeds: readonly number[]
  /** Labelled source patches. */
  patches: number
  /** Target patches of a shift, of which every size takes as many groups as there are, up to `groups`. */
  targets: number
  sizes: readonly number[]
  groups: number
  shifts: readonly Shift[]
  recipe: StarterRecipe
  /** As typed, for the report. */
  command: string
}

/** What lies between the source and the target of the generated benchmark. */
export interface Shift {
  title: string
  options: Pick<BenchmarkOptions, 'shift' | 'sensorShift'>
}

interface CurvePoint {
  seed: number
  shift: string
  size: number
  /** Over the groups. */
  f1: Record<StatisticsRule, number>
  /** Mean share of the target's own mean under `auto`. */
  own: number
}

/**
 * The work of `scarp statistics-curve`: networks of the recipe learn from the generated source region once a seed, and
 * are scored on targets of several sizes, each normalised by every rule. F1 is of one pooled count over the groups of a
 * size, at p >= 0.5; a curve's points have the same patches as far as the groups reach.
 */
export async function statisticsCurve(
  request: CurveRequest,
  backend: BackendName | 'auto',
  io: CommandIo,
): Promise<string> {
  await startCliEngine(backend, 'training', io)
  const points: CurvePoint[] = []
  for (const seed of request.seeds) {
    const source = await PatchSpool.temporary()
    for (const { patch } of benchmarkProject({ seed, sourceCount: request.patches, targetCount: 0 })) {
      throwIfAborted(io.signal)
      await source.add(patch)
    }
    const set = setOf('Generated source region', source, [])
    try {
      const recipe = { ...request.recipe, config: { ...request.recipe.config, seed } }
      const loaded = await loadModels(await trainStarterModels([set], recipe, io), io.signal)
      try {
        for (const shift of request.shifts) {
          points.push(...(await curveOf(loaded, shift, seed, request, io)))
          await writeAtomically(join(request.out, 'results.md'), curveReport(points, request))
          await writeJson(join(request.out, 'points.json'), points)
        }
      } finally {
        loaded.dispose()
      }
    } finally {
      await set.remove()
    }
  }
  return curveReport(points, request)
}

async function curveOf(
  loaded: LoadedModels,
  { title, options }: Shift,
  seed: number,
  { targets, sizes, groups }: CurveRequest,
  io: CommandIo,
): Promise<CurvePoint[]> {
  const spool = await PatchSpool.temporary()
  try {
    for (const { patch, truth } of benchmarkProject({
      seed,
      sourceCount: 0,
      targetCount: targets,
      ...options,
    })) {
      throwIfAborted(io.signal)
      await spool.add({ ...patch, label: truth })
    }
    const points: CurvePoint[] = []
    for (const size of sizes) {
      const sums = new Map<StatisticsRule, ProbabilityTally>()
      let own = 0
      const count = Math.min(groups, Math.floor(spool.patches.length / size))
      for (let group = 0; group < count; group++) {
        throwIfAborted(io.signal)
        const label = `Seed ${seed}, ${title}, ${size} patches`
        io.progress.update({ label, done: group, total: count })
        const patches = spool.patches.slice(group * size, (group + 1) * size)
        const ids = new Set(patches.map(({ id }) => id))
        const provider = spool.provider(({ id }) => ids.has(id))
        for (const { rule, tallies, own: share } of await loaded.score(provider, setStatistics(patches))) {
          sums.set(rule, addTally(sums.get(rule) ?? emptyTally(), tallies[ENSEMBLE]!))
          if (rule === 'auto') own += share / count
        }
      }
      const f1 = Object.fromEntries(
        STATISTICS_RULES.map(rule => [rule, f1At(sums.get(rule) ?? emptyTally(), 0.5)]),
      ) as Record<StatisticsRule, number>
      io.progress.clear()
      const figures = STATISTICS_RULES.map(rule => `${rule} ${(100 * f1[rule]).toFixed(1)}`).join(', ')
      io.note(`Seed ${seed}, ${title}, ${size} patches: ${figures}, own share ${(100 * own).toFixed(0)} %`)
      points.push({ seed, shift: title, size, f1, own })
    }
    return points
  } finally {
    await spool.remove()
  }
}

function curveReport(points: readonly CurvePoint[], { command, shifts, sizes }: CurveRequest): string {
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
  const lines = ['# Statistics of targets of several sizes', '', `\`${command}\``, '']
  lines.push('F1 of the landslide class in per cent at p >= 0.5, mean over seeds (each seed).')
  for (const { title } of shifts) {
    lines.push('', `## ${title}`, '')
    lines.push(`| patches | ${STATISTICS_RULES.join(' | ')} | own share of auto | auto under the better |`)
    lines.push(`| --- | ${STATISTICS_RULES.map(() => '---').join(' | ')} | --- | --- |`)
    for (const size of sizes) {
      const own = points.filter(point => point.shift === title && point.size === size)
      if (own.length === 0) continue
      const figure = (rule: StatisticsRule) => {
        const values = own.map(({ f1 }) => 100 * f1[rule])
        return `${mean(values).toFixed(1)} (${values.map(value => value.toFixed(1)).join(', ')})`
      }
      const average = (rule: StatisticsRule) => mean(own.map(({ f1 }) => 100 * f1[rule]))
      const under = Math.max(average('self'), average('model')) - average('auto')
      lines.push(
        `| ${size} | ${STATISTICS_RULES.map(figure).join(' | ')} | ${(100 * mean(own.map(({ own: share }) => share))).toFixed(0)} % | ${under.toFixed(1)} |`,
      )
    }
  }
  return `${lines.join('\n')}\n`
}
