import type { RoundRecord } from '../../core/refinement/round'
import { formatScore, formatShare } from '../formatScore'

/** A round in one line. */
export interface RoundLine {
  f1: string
  /** Against its parent: "+0.013"; null: there is nothing to compare with, or other patches were held out. */
  change: string | null
  /** Share of the target's pixels that changed sides; null: there was no map before. */
  changed: string | null
}

export function roundLine(round: RoundRecord, parent: RoundRecord | null): RoundLine {
  const f1 = round.ensembleHeldOut?.f1 ?? null
  const before = parent?.ensembleHeldOut?.f1 ?? null
  const sameSplit = parent?.heldOutPatchIds.join() === round.heldOutPatchIds.join()
  const pixels = round.target?.changedPixels
  return {
    f1: formatScore(f1),
    change: f1 !== null && before !== null && sameSplit ? signed(f1 - before) : null,
    changed:
      pixels && pixels.compared > 0 ? formatShare((pixels.gained + pixels.lost) / pixels.compared) : null,
  }
}

/** The line in words. */
export function describeRound(round: RoundRecord, line: RoundLine, inUse: boolean): string {
  const parts = [`Round ${round.index}`]
  if (inUse) parts.push('in use')
  parts.push(line.f1 === '–' ? 'no held-out score' : `held-out F1 ${line.f1}`)
  if (line.change) parts.push(`${line.change} against its parent`)
  if (line.changed) parts.push(`${line.changed} of target pixels changed`)
  parts.push(round.networks.length === 1 ? '1 network' : `${round.networks.length} networks`)
  return parts.join(', ')
}

function signed(change: number): string {
  return `${change >= 0 ? '+' : '−'}${Math.abs(change).toFixed(3)}`
}
