import { Button, Dialog, DialogTrigger, Popover } from 'react-aria-components'
import { startEngine } from '../../state/actions/startEngine'
import type { EngineSlice } from '../../state/slices/engineSlice'
import { engineTitle } from '../engineTitle'
import { useStudio, useStudioState } from '../studioContext'

type Engine = EngineSlice['engine']

/** Which backend computes, as the engine itself last said, on what, and why; or what to do where none started. */
export function EngineBadge() {
  const engine = useStudioState(state => state.engine)
  const title = badgeTitle(engine)
  const adapter = engine.status === 'ready' ? engine.info.adapter : null
  return (
    <DialogTrigger>
      <Button
        className={`engine-badge engine-${engine.status}`}
        aria-label={`Engine: ${adapter ? `${title}, ${adapter}` : title}`}
      >
        <span className="engine-dot" aria-hidden="true" />
        <span className="engine-name">{title}</span>
        {adapter && <span className="engine-adapter">{shortAdapter(adapter)}</span>}
      </Button>
      <Popover className="popover engine-popover" placement="bottom end" offset={6}>
        <Dialog aria-label="Engine" className="popover-dialog">
          <EngineDetails engine={engine} />
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}

function badgeTitle(engine: Engine): string {
  if (engine.status === 'starting') return 'Engine starting'
  if (engine.status === 'failed' && engine.code === 'gpu-lost') return 'GPU lost'
  if (engine.status === 'failed' && engine.code === 'worker-stopped') return 'Engine stopped'
  return engine.status === 'failed' ? 'Engine unavailable' : engineTitle(engine.info)
}

/** Drivers repeat their version in brackets; the popover shows the whole of it. */
function shortAdapter(adapter: string): string {
  const short = adapter.replace(/\s*\(.*$/, '')
  return short.length > 28 ? `${short.slice(0, 27)}…` : short
}

function EngineDetails({ engine }: { engine: Engine }) {
  const studio = useStudio()
  if (engine.status === 'starting') return <p>TensorFlow.js is loading in its worker.</p>
  if (engine.status === 'failed') {
    return (
      <>
        <h3>No engine</h3>
        <p>{engine.message}</p>
        <p className="dim">
          Viewing, painting, verdicts and export work without it. Prediction and training need a current
          Chrome or Edge with WebGPU (chrome://gpu says whether it is on).
        </p>
        <Button className="button button-plain" onPress={() => void startEngine(studio)}>
          Try again
        </Button>
      </>
    )
  }
  const { info } = engine
  return (
    <>
      <h3>{engineTitle(info)}</h3>
      <dl className="facts">
        <dt>Adapter</dt>
        <dd>{info.adapter}</dd>
        <dt>Why</dt>
        <dd>{info.reason}</dd>
        <dt>Training</dt>
        <dd>{info.canTrain ? 'runs here' : 'needs WebGPU'}</dd>
        {info.limits && (
          <>
            <dt>Largest buffer</dt>
            <dd>{Math.round(info.limits.maxBufferSize / 2 ** 20)} MiB</dd>
          </>
        )}
      </dl>
    </>
  )
}
