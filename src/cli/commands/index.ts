import type { Command } from '../command'
import { ablateCommand } from './ablate'
import { archiveCommand } from './archive'
import { bundleCommand } from './bundle'
import { crossValidateCommand } from './crossvalidate'
import { demoCommand } from './demo'
import { evaluateCommand } from './evaluate'
import { exportCommand } from './export'
import { galleryCommand } from './gallery'
import { inspectCommand } from './inspect'
import { mergeCommand } from './mergeRun'
import { modelsCommand } from './models'
import { parityCommand } from './parity'
import { planCommand } from './plan'
import { predictCommand } from './predict'
import { profileCommand } from './profile'
import { refineCommand } from './refine'
import { reproduceCommand } from './reproduce'
import { selftestCommand } from './selftest'
import { stackCommand } from './stack'
import { statisticsCommand } from './statistics'
import { statisticsCurveCommand } from './statisticsCurve'
import { trainCommand } from './train'
import { trainStarterCommand } from './trainStarter'
import { validateSubmissionCommand } from './validateSubmission'

/** Every command, in the order of `scarp --help`. */
export const COMMANDS: readonly Command[] = [
  inspectCommand,
  stackCommand,
  predictCommand,
  trainCommand,
  refineCommand,
  reproduceCommand,
  exportCommand,
  planCommand,
  statisticsCommand,
  mergeCommand,
  archiveCommand,
  bundleCommand,
  evaluateCommand,
  validateSubmissionCommand,
  modelsCommand,
  parityCommand,
  profileCommand,
  selftestCommand,
  demoCommand,
  galleryCommand,
  ablateCommand,
  crossValidateCommand,
  statisticsCurveCommand,
  trainStarterCommand,
]
