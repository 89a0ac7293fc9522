/** Answers as EC2 does about one type, c6a.large, whose spot price is 0.04 USD per hour. */
import { createServer } from 'node:http';

const INSTANCE = '<instanceType>c6a.large</instanceType>';
const answers = {
  DescribeInstanceTypes: `<instanceTypeSet><item>${INSTANCE}<vCpuInfo><defaultVCpus>2</defaultVCpus></vCpuInfo></item></instanceTypeSet>`,
  DescribeSpotPriceHistory: `<spotPriceHistorySet><item>${INSTANCE}<spotPrice>0.04</spotPrice></item></spotPriceHistorySet>`,
};

const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const action = /** @type {keyof typeof answers} */ (new URLSearchParams(body).get('Action'));
  response.setHeader('content-type', 'text/xml').end(`<${action}Response>${answers[action]}</${action}Response>`);
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`ready ${server.address().port}\n`));
