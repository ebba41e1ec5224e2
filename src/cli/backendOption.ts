import type { BackendName } from '../core/rounds/engineInfo'
import { choiceOption, type ParsedOptions } from './command'

const BACKENDS = ['auto', 'webgpu', 'wasm', 'cpu'] as const

/** Text of `--backend` for a command's help. */
export const BACKEND_HELP = '  --backend <name>    webgpu, wasm (prediction only), cpu, or auto (default)'

/** What `--backend` asks for. */
export function backendOption(options: ParsedOptions): BackendName | 'auto' {
  return choiceOption(options, 'backend', BACKENDS, 'auto')
}
