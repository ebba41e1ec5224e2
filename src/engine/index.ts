/**
 * The engine's one door: the method with tensors, for what runs it (the engine worker, the command line). Node's
 * start of WebGPU, gpu/node/dawn.ts, stays outside, since no browser may load it.
 */
export type { Rehearsal } from './gpu/rehearsal'
export { startEngine } from './gpu/startEngine'
export type { WasmFiles } from './gpu/wasm/startWasm'
export { engineMemory } from './gpu/webgpuBackend'
export { dialectNamed } from './models/checkpoint/dialects'
export {
  type CheckpointReport,
  fitCheckpoint,
  fitsWholly,
  reportLines,
  summarise,
} from './models/checkpoint/fitCheckpoint'
export { identifyNetwork } from './models/checkpoint/identifyNetwork'
export { forPeer, loadCheckpoint } from './models/checkpoint/networkCheckpoint'
export { readSafetensors, type StoredTensor, writeSafetensors } from './models/checkpoint/safetensors'
export { createNetwork, declareNetwork } from './models/createNetwork'
export { checkModel } from './models/folder/golden'
export { loadModelFolder, saveModelFolder } from './models/folder/modelFolder'
export type { SegmentationNetwork } from './models/network'
export { countParameters } from './nn/parameterRegistry'
export type { WindowMaps } from './refinement/blendWindows'
export {
  decodeWindow,
  encodeWindow,
  type FinishedWindows,
  findWindows,
} from './refinement/finishedWindows'
export { pooledScores } from './refinement/heldOutScores'
export type { LabelledPixels, PatchProvider } from './refinement/patchProvider'
export { type CellPlan, type CellScene, planCells } from './refinement/predictCells'
export { predictPatch, predictPatches } from './refinement/predictPatches'
export { predictScene, type SceneNetwork, type ScenePixels } from './refinement/predictScene'
export { parentsOf, type RoundTurn, refineRounds } from './refinement/refineRounds'
export type {
  FinishedNetwork,
  ModelFiles,
  RoundContext,
  RoundEvent,
  RoundInput,
  RoundStore,
  RoundTrainingCheckpoint,
} from './refinement/roundInput'
export { runRound } from './refinement/runRound'
export { type ProfileRequest, profileInference, profileTrainingStep } from './refinement/stepProfile'
export { storedProbability } from './refinement/writeEnsemble'
export { selfTest } from './selftest/selfTest'
export {
  chooseMicroBatch,
  estimateTrainingMemory,
  type TrainingMemoryRequest,
  workOfStep,
} from './training/trainingMemory'
