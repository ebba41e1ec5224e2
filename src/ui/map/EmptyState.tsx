import { OpenButtons } from '../topBar/OpenButtons'

/** The first minute: what may be dropped, a demo, and what happens to it. */
export function EmptyState() {
  return (
    <div className="empty-state">
      <h2>Map landslides from Sentinel-2 patches</h2>
      <p className="empty-lead">
        Drop files or folders anywhere in this window. Three networks propose a mask, you correct it, and they
        learn from what you decide.
      </p>
      <OpenButtons />
      <dl className="empty-facts">
        <div>
          <dt>What to drop</dt>
          <dd>
            Landslide4Sense patches (<code>image_N.h5</code>, with or without <code>mask_N.h5</code>), 14-band
            GeoTIFFs, or a zip of them. Images and masks pair by name. Models too: a <code>.safetensors</code>{' '}
            or a model folder.
          </dd>
        </div>
        <div>
          <dt>The demo</dt>
          <dd>
            Two generated regions: one with labels to learn from, one without to map. It shows the whole loop
            in minutes.
          </dd>
        </div>
        <div>
          <dt>What stays here</dt>
          <dd>
            Everything. Files, masks, verdicts and weights are kept by this browser on this machine; nothing
            is sent anywhere.
          </dd>
        </div>
      </dl>
    </div>
  )
}
