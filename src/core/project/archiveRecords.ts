import type { z } from '../foundation/schema'
import { type ProjectRecords, type RecordStoreName, SCHEMA_VERSION } from './projectRecords'
import {
  auditSchema,
  historySchema,
  importedModelSchema,
  MOST_PATCHES,
  patchSchema,
  pointAuditSchema,
  projectSchema,
  roundSchema,
  sceneSchema,
  unfinishedRoundSchema,
} from './recordSchemas'

/**
 * That of the records: what an older version of the app could not read in a project it cannot read in an archive of one
 * either. Those of schemas 1 to 7 said 1.
 */
export const ARCHIVE_VERSION = SCHEMA_VERSION

/** Each store with what its records must be. The compiler asks for an answer when a store is added. */
export const RECORD_SCHEMAS: { [Name in RecordStoreName]: z.ZodType<ProjectRecords[Name][number]> } = {
  project: projectSchema,
  patches: patchSchema,
  scenes: sceneSchema,
  history: historySchema,
  rounds: roundSchema,
  importedModels: importedModelSchema,
  pointAudits: pointAuditSchema,
  auditLog: auditSchema,
  unfinishedRounds: unfinishedRoundSchema,
}

export const RECORD_STORES = Object.keys(RECORD_SCHEMAS).sort() as RecordStoreName[]

/** Records that an archive may hold: far more than a project gets by work, and what the studio still opens. */
export const MOST_RECORDS: { readonly [Name in RecordStoreName]: number } = {
  project: 1,
  patches: MOST_PATCHES,
  scenes: 10_000,
  history: 2_000_000,
  rounds: 10_000,
  importedModels: 10_000,
  pointAudits: 1000,
  auditLog: 4_000_000,
  unfinishedRounds: 1,
}
