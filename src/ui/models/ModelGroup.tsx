import { useId } from 'react'
import type { ModelSummary } from '../../worker/protocol'
import { ModelRow } from './ModelRow'

/** Models of one origin. */
export function ModelGroup({ title, models }: { title: string; models: readonly ModelSummary[] }) {
  const heading = useId()
  return (
    <div>
      <p id={heading} className="model-group dim">
        {title}
      </p>
      <ul className="model-list" aria-labelledby={heading}>
        {models.map(model => (
          <ModelRow key={model.id} model={model} />
        ))}
      </ul>
    </div>
  )
}
