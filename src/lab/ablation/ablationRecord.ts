import { readIfThere, writeJson } from '../../cli/node/nodeFiles'
import { z } from '../../core/foundation/schema'
import { confusionSchema } from '../../core/rounds/modelManifest'

const runRecordSchema = z.object({
  version: z.literal(1),
  /** Of everything that the run's numbers depend on: configuration, patches, parent run. */
  fingerprint: z.string(),
  benchmark: z.string(),
  row: z.string(),
  seed: z.number(),
  fold: z.number(),
  steps: z.number(),
  scale: z.number(),
  seconds: z.number(),
  backend: z.string(),
  adapter: z.string(),
  /** Root mean square of the bands' mean shifts, target against source, source standard deviations. */
  shift: z.number(),
  /** Landslide counts on the target's known labels at the evaluation threshold. */
  networks: z.array(
    z.object({
      /** A family, or "ensemble". */
      network: z.string(),
      counts: confusionSchema,
      /** F1 on the held-out source patches, by which the weights were chosen; null where there is none. */
      heldOutF1: z.number().nullable(),
      bestStep: z.number().nullable(),
      seconds: z.number().nullable(),
    }),
  ),
  /** The pseudo-labels that this run learned from, against the truth; null where it had none. */
  pseudoLabels: z.object({ counts: confusionSchema, ignoredShare: z.number() }).nullable(),
  /** The whole configuration, for a reader. */
  config: z.unknown(),
})

/** A finished (row, seed, fold) of the ablation: `runs/<benchmark>/seed-<s>/fold-<f>/<row>/run.json`. */
export type AblationRunRecord = z.output<typeof runRecordSchema>

/** The record of a finished run; null where there is none, or where it has another configuration. */
export async function readRunRecord(path: string, fingerprint: string): Promise<AblationRunRecord | null> {
  const file = await readIfThere(path)
  if (file === null) return null
  const parsed = runRecordSchema.safeParse(JSON.parse(new TextDecoder().decode(file)))
  return parsed.success && parsed.data.fingerprint === fingerprint ? parsed.data : null
}

export function writeRunRecord(path: string, record: AblationRunRecord): Promise<void> {
  return writeJson(path, record)
}
