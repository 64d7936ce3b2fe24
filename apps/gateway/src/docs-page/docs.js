// The page at /docs: Swagger UI over /openapi.json, with the code samples of each operation.
// It runs in browsers as it is.

/** How the samples write the address of the service. */
const SAMPLE_URL = 'http://localhost:5000'

/** Shows `x-codeSamples` above the answers of an operation; Swagger UI has no place for them of its own. */
function codeSamples(Responses, { React, specSelectors }) {
  const { createElement: h, useState } = React

  function Samples({ samples }) {
    const [chosen, choose] = useState(0)
    const [isCopied, setCopied] = useState(false)
    const source = samples[chosen].source.replaceAll(SAMPLE_URL, location.origin)
    const copy = () => navigator.clipboard.writeText(source).then(() => setCopied(true))
    const tab = ({ label }, at) =>
      h(
        'button',
        {
          key: label,
          type: 'button',
          className: 'sample-tab',
          'aria-pressed': at === chosen,
          onClick: () => {
            choose(at)
            setCopied(false)
          },
        },
        label,
      )
    return h('section', { className: 'samples', 'aria-label': 'Code samples' }, [
      h('div', { key: 'tabs', className: 'sample-tabs' }, [
        ...samples.map(tab),
        h(
          'button',
          { key: 'copy', type: 'button', className: 'sample-copy', onClick: copy },
          isCopied ? 'Copied' : 'Copy',
        ),
      ]),
      h('pre', { key: 'source', className: 'sample-source', tabIndex: 0 }, h('code', null, source)),
    ])
  }

  return function ResponsesBelowSamples(props) {
    const samples = specSelectors.specJson().getIn(['paths', props.path, props.method, 'x-codeSamples'])
    return h(React.Fragment, null, [
      samples ? h(Samples, { key: 'samples', samples: samples.toJS() }) : null,
      h(Responses, { key: 'responses', ...props }),
    ])
  }
}

SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  displayRequestDuration: true,
  // It would ask a service elsewhere whether the document is valid.
  validatorUrl: null,
  plugins: [{ wrapComponents: { responses: codeSamples } }],
})
