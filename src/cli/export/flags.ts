/** The options of `export`. */
import { EXPORTERS, type ExportTarget } from '../../export/export-plan.js';
import { type Flags, type GatheredKind, gathered, type Kind, value } from '../flags/flag.js';
import { choice, file, port, refusal, word } from '../flags/kinds.js';
import { JSON_FLAG } from '../inputs/options.js';

export const TARGETS = Object.keys(EXPORTERS) as readonly ExportTarget[];

/** Names of images and of backends; `{stage}` stands for the stage's. */
const IMAGE = /^(\w|\{stage\})([\w./:@-]|\{stage\})*$/;
const LINE = /^[^\p{Cc}]+$/u;

/** Texts by stage: `STAGE=TEXT`, or `TEXT` for all stages, which stands under ''. */
function byStage(what: string, example: string): GatheredKind<Readonly<Record<string, string>>> {
  return {
    placeholder: `[stage=]${what}`,
    completes: 'stage=',
    parse(texts, option) {
      const found = new Map<string, string>();
      for (const text of texts) {
        const [, stage = '', given = ''] = /^(?:([^=]+)=)?(.*)$/s.exec(text)!;
        if (!IMAGE.test(given))
          throw refusal(option, text, `${what.toUpperCase()} or STAGE=${what.toUpperCase()}, such as ${example}`);
        if (found.has(stage)) throw refusal(option, text, `given once for ${stage === '' ? 'all stages' : stage}`);
        found.set(stage, given);
      }
      return Object.fromEntries(found);
    },
  };
}

/** One line of text, for a value that goes into a file as it is. */
function lineOf(placeholder: string, allowed: string, rule: RegExp): Kind<string> {
  return {
    ...word(placeholder),
    parse(text, option) {
      if (rule.test(text)) return text;
      throw refusal(option, text, allowed);
    },
  };
}

export const EXPORT_FLAGS = {
  to: value(choice(TARGETS), { help: 'system to write for', isRequired: true }),
  output: value(word('folder'), { short: 'o', help: 'folder to write into; - is standard output', default: '-' }),
  image: gathered(byStage('image', 'detect=registry.example/detect:1'), {
    help: 'container image of a stage, or of all',
  }),
  port: value(port, { help: 'port that the containers listen on', default: '8080' }),
  namespace: value(
    lineOf('name', 'a name of lower-case letters, digits and dashes', /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/),
    {
      help: 'Kubernetes namespace',
      otherwise: "the context's",
    },
  ),
  importPath: value(lineOf('module:application', 'MODULE:APPLICATION', /^[\w.]+:\w+$/), {
    help: 'Ray Serve: where the application is',
  }),
  tritonBackend: gathered(byStage('backend', 'detect=onnxruntime'), {
    help: 'Triton: backend of a stage, or of all',
    otherwise: 'found by Triton from the model file',
  }),
  prometheus: value(lineOf('url', 'a URL such as http://prometheus:9090', /^https?:\/\/[^\s]+$/), {
    help: 'KEDA: address of Prometheus as KEDA sees it',
  }),
  selector: value(lineOf('series', 'a bare counter such as requests_total{app="front"}', LINE), {
    help: 'KEDA: counter of the queries that enter the pipeline',
  }),
  pipeline: value(file, { help: 'pipeline file', otherwise: "the plan's" }),
  hardware: value(file, { help: 'kinds of hardware, YAML', otherwise: "the plan's" }),
  json: JSON_FLAG,
} as const;

export type ExportFlags = Flags<typeof EXPORT_FLAGS>;
