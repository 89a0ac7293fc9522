/** The options of `hardware refresh`. */
import { type Flags, type Kind, repeatable, toggle, value } from '../flags/flag.js';
import { refusal, word } from '../flags/kinds.js';
import { JSON_FLAG } from '../inputs/options.js';

const ec2Type: Kind<string> = {
  placeholder: 'type',
  parse(text, option) {
    if (/^[a-z0-9-]+\.[a-z0-9-]+$/.test(text)) return text;
    throw refusal(option, text, 'an EC2 type such as g5.xlarge');
  },
};

export const REFRESH_FLAGS = {
  only: repeatable({ ...word('name'), completes: 'hardware' }, { help: 'refresh this kind only' }),
  add: repeatable(ec2Type, { help: 'add a kind for this EC2 type' }),
  region: value(word('name'), { help: 'region', otherwise: "the AWS command line's" }),
  endpoint: value(word('url'), { help: 'another endpoint than that of AWS' }),
  dryRun: toggle('print what would change, and change nothing'),
  json: JSON_FLAG,
} as const;

export type RefreshFlags = Flags<typeof REFRESH_FLAGS>;
