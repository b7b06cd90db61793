export default {
  schemas: {
    input: './openapi.json',
    output: {
      target: './generated/schemas.ts',
      client: 'zod',
      // By default a schema drops unknown members silently.
      override: { zod: { strict: { body: true } } },
    },
  },
};
