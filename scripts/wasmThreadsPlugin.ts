import type { Plugin } from 'vite'

const FILE = /tfjs-backend-wasm\/dist\/backend_wasm\.js$/
const SCRIPT = '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.js?url'
/** The function's text, which names a variable around it once it is bundled, as a script that the policy refuses. */
const TEXT =
  /new Blob\(\[`var WasmBackendModuleThreadedSimd = ` \+\s*wasmFactoryThreadedSimd\.toString\(\)\], \{ type: 'text\/javascript' \}\)/

/**
 * Lets the threads of TensorFlow.js's WASM backend start in a build: they load the package's own script, from a file of
 * the build, instead of the text of a function. Where the page is isolated they would fail, and the backend with them.
 */
export function wasmThreads(): Plugin {
  return {
    name: 'wasm-threads',
    apply: 'build',
    transform(code, id) {
      if (!FILE.test(id)) return null
      if (!TEXT.test(code)) throw new Error(`${id} starts its threads in another way than this plugin knows.`)
      return {
        code: `import threadScript from '${SCRIPT}'\n${code.replace(TEXT, 'threadScript')}`,
        map: null,
      }
    },
  }
}
