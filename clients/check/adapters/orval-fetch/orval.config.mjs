/** Address and token are known at run time only, so the client sends its requests with a function of the application. */
export default {
  client: {
    input: './openapi.json',
    output: {
      target: './generated/client.ts',
      client: 'fetch',
      override: { mutator: { path: './send.ts', name: 'send' } },
    },
  },
};
