import type { EngineInfo } from './engineInfo'
import { FAMILY_TITLES, type NetworkFamily } from './networks'

/** What `scarp selftest` and "Check this machine" do, in this order; timings come last and are never judged. */
export const SELF_TEST_PARTS = ['kernels', 'networks', 'training', 'models', 'benchmark'] as const

export type SelfTestPart = (typeof SELF_TEST_PARTS)[number]

export interface SelfTestCheck {
  /** `memory`: whether the check itself gave back what it took. */
  part: Exclude<SelfTestPart, 'benchmark'> | 'memory'
  name: string
  outcome: 'passed' | 'failed' | 'left out'
  /** Largest difference from the reference; null where nothing was compared, or where it is no number. */
  largest: number | null
  tolerance: number | null
  /** Why the tolerance is what it is; of a check that failed otherwise or was left out, why. */
  because: string
}

/** Milliseconds of one prediction or training step, from the call until its result is read. */
export interface SelfTestTiming {
  family: NetworkFamily
  preset: string
  /** Side of the square input, pixels. */
  size: number
  work: 'prediction' | 'training step'
  /** Median with our kernels; null: not measured. */
  ours: number | null
  /** The same by TensorFlow.js alone, in the same run. */
  plain: number | null
  /** Why something was not measured; '' otherwise. */
  note: string
}

/** What the adapter says of itself, as WebGPU names it; no name of a person or a machine is in it. */
export interface AdapterFacts {
  vendor: string
  architecture: string
  device: string
  /** With the driver, where the program may know it: "llvmpipe: Mesa 25.0.7". */
  description: string
  /** Every limit by name. */
  limits: Record<string, number>
}

export interface SelfTestReport {
  /** Of Scarp. */
  version: string
  engine: EngineInfo
  /** Of the GPU that was checked; null without WebGPU. */
  adapter: AdapterFacts | null
  checks: SelfTestCheck[]
  timings: SelfTestTiming[]
  /** What could not be checked on this machine, and what would help. */
  missing: string[]
  seconds: number
}

/** True where nothing failed and something passed: a check that compared nothing is no success. */
export function selfTestPassed({ checks }: Pick<SelfTestReport, 'checks'>): boolean {
  const passed = checks.some(({ part, outcome }) => outcome === 'passed' && part !== 'memory')
  return passed && checks.every(({ outcome }) => outcome !== 'failed')
}

/** "47 of 47 checks passed", "2 of 47 checks failed", with what was left out. */
export function selfTestVerdict({ checks }: Pick<SelfTestReport, 'checks'>): string {
  const count = (wanted: SelfTestCheck['outcome']) =>
    checks.filter(({ outcome }) => outcome === wanted).length
  const [failed, leftOut] = [count('failed'), count('left out')]
  const ran = checks.length - leftOut
  const rest = leftOut > 0 ? `, ${leftOut} left out` : ''
  if (ran === 0) return `Nothing was checked${rest}`
  return failed > 0 ? `${failed} of ${ran} checks failed${rest}` : `${ran} of ${ran} checks passed${rest}`
}

/** The limits that decide what fits, in the report's text; --json has all. */
const SHOWN_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupsPerDimension',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupStorageSize',
  'maxStorageBuffersPerShaderStage',
] as const

/** The report as text, to print or to copy: the machine, failures with their reasons, every check, timings. */
export function selfTestLines(report: SelfTestReport): string[] {
  const { version, engine, adapter, checks, timings, missing, seconds } = report
  const remarks = checks.filter(({ outcome }) => outcome !== 'passed')
  return [
    `Scarp ${version}: ${selfTestVerdict(report)} in ${seconds.toFixed(0)} s`,
    `${engine.backend}: ${engine.adapter}${engine.software ? ', software' : ', hardware'}`,
    ...(adapter ? adapterLines(adapter, engine.features) : []),
    ...missing.map(what => `Missing: ${what}`),
    ...section(
      remarks.map(
        ({ part, name, outcome, because }) => `${outcome.toUpperCase()} ${part}, ${name}: ${because}`,
      ),
    ),
    ...section(checkTable(checks)),
    ...section(timingTable(timings)),
  ]
}

function section(lines: readonly string[]): string[] {
  return lines.length > 0 ? ['', ...lines] : []
}

function adapterLines(adapter: AdapterFacts, features: readonly string[]): string[] {
  const { vendor, architecture, device, description, limits } = adapter
  const names = [vendor, architecture, device, description].filter(Boolean)
  const shown = SHOWN_LIMITS.filter(name => limits[name] !== undefined)
  return [
    `Adapter: ${names.join(', ') || 'unnamed'}`,
    `Features: ${features.join(', ') || 'none'}`,
    `Limits: ${shown.map(name => `${name} ${limits[name]}`).join(', ')}`,
  ]
}

/** A difference as people read it: two digits. */
export function differenceText(value: number | null): string {
  if (value === null) return '-'
  return value === 0 ? '0' : value.toExponential(1)
}

function checkTable(checks: readonly SelfTestCheck[]): string[] {
  if (checks.length === 0) return []
  return aligned([
    ['check', 'part', 'difference', 'tolerance', ''],
    ...checks.map(({ part, name, outcome, largest, tolerance }) => [
      name,
      part,
      differenceText(largest),
      differenceText(tolerance),
      outcome,
    ]),
  ])
}

/** "12.3 ms", "1.24 s", "-". */
export function durationText(milliseconds: number | null): string {
  if (milliseconds === null) return '-'
  if (milliseconds < 1000) return `${milliseconds.toPrecision(3)} ms`
  return `${(milliseconds / 1000).toPrecision(3)} s`
}

/** "Swin + U-Net swin-tiny, 512 px". */
export function timedNetwork({ family, preset, size }: SelfTestTiming): string {
  return `${FAMILY_TITLES[family]} ${preset}, ${size} px`
}

function timingTable(timings: readonly SelfTestTiming[]): string[] {
  if (timings.length === 0) return []
  return [
    ...aligned([
      ['network', 'work', 'Scarp', 'plain TensorFlow.js', ''],
      ...timings.map(timing => [
        timedNetwork(timing),
        timing.work,
        durationText(timing.ours),
        durationText(timing.plain),
        timing.note,
      ]),
    ]),
    'Times are of this machine in this run, one image at a time. They are not judged.',
  ]
}

/** Columns as wide as their widest cell. */
function aligned(rows: readonly string[][]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  return rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  )
}
