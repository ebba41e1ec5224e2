import type { ModelProposal } from '../../worker/modelProtocol'
import { formatParameters, networkTitle } from './describeModel'

/** What was recognised, and in plain words what has to be known before it is used. */
export function CheckpointFacts({ proposal }: { proposal: ModelProposal }) {
  const { bands, classes, peer, parameters, path } = proposal
  return (
    <>
      <dl className="facts">
        <dt>File</dt>
        <dd>
          <code>{path}</code>
        </dd>
        <dt>Network</dt>
        <dd>
          {networkTitle(proposal)}, {formatParameters(parameters)} parameters
        </dd>
        <dt>Key names</dt>
        <dd>{peer}</dd>
        <dt>Bands</dt>
        <dd>
          {bands.checkpoint === bands.model ? bands.model : `${bands.checkpoint}, adapted to ${bands.model}`}
        </dd>
        <dt>Classes</dt>
        <dd>{classes.checkpoint ?? 'none, an encoder alone'}</dd>
      </dl>
      <ul className="note notes">
        {remarks(proposal).map(remark => (
          <li key={remark}>{remark}</li>
        ))}
      </ul>
    </>
  )
}

function remarks({ bands, classes, encoderOnly, canPredict }: ModelProposal): string[] {
  const lines: string[] = []
  if (bands.checkpoint !== bands.model) {
    lines.push(
      `Its first layer takes ${bands.checkpoint} bands and is adapted to ${bands.model} by timm’s convention: its ` +
        `weights repeat in turn, scaled by ${bands.checkpoint}/${bands.model}. It has not seen the other bands yet.`,
    )
  }
  if (encoderOnly) {
    lines.push(
      'Only an encoder is in the file. The decoder is fresh: it cannot predict usefully before a round has trained it.',
    )
  } else if (classes.checkpoint !== null && classes.checkpoint !== classes.model) {
    lines.push(
      `Its head tells ${classes.checkpoint} classes apart; here there are two, so the head is fresh: it cannot predict ` +
        'usefully before a round has trained it.',
    )
  } else if (!canPredict) {
    lines.push(
      'Not everything fits, see below. What is missing is fresh: it cannot predict usefully before a round has trained it.',
    )
  }
  if (canPredict) lines.push('Every parameter has its value: it can predict at once.')
  lines.push('It stays on this machine, and its golden outputs are made here, now.')
  return lines
}
