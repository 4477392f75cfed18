import tseslint from 'typescript-eslint';

const services = ['apiserver', 'scheduler', 'controllers', 'kubelet', 'kube-proxy', 'dns'];
const all = [...services, 'api', 'component', 'client', 'cli', 'deploy', 'bench', 'examples', 'test'];

/** Imports point one way: what a folder may import besides itself. */
const mayImport = {
  api: [],
  component: ['api'],
  client: ['api', 'component'],
  ...Object.fromEntries(services.map((name) => [name, ['api', 'component', 'client']])),
  cli: ['api', 'component', 'client', 'deploy'],
  deploy: ['api', 'component', 'client'],
  bench: ['api', 'component', 'client'],
  examples: ['api', 'component', 'client', 'deploy'],
};

/** One home a dependency. */
const homes = {
  etcd3: ['apiserver/storage'],
  dockerode: ['kubelet/runtime/docker-runtime'],
  winston: ['component'],
};

const time = 'Time and chance come in through deps (component/clock.ts, component/random.ts).';

export default tseslint.config(
  { ignores: ['node_modules', 'dist', 'api/schema/generated'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-empty': ['error', { allowEmptyCatch: false }],
    },
  },
  {
    files: all.filter((f) => f !== 'component' && f !== 'test').map((folder) => `${folder}/**/*.ts`),
    ignores: ['**/*.test.ts', '**/*.contract.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'setTimeout', message: time },
        { name: 'setInterval', message: time },
        { name: 'performance', message: time },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: time },
        { object: 'Math', property: 'random', message: time },
        { object: 'AbortSignal', property: 'timeout', message: time },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: time },
      ],
    },
  },
  ...Object.entries(mayImport).map(([folder, allowed]) => ({
    files: [`${folder}/**/*.ts`],
    ignores: ['**/*.test.ts', '**/*.contract.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            ...all
              .filter((other) => other !== folder && !allowed.includes(other))
              .map((other) => ({
                regex: `^(\\.\\./)+${other}/`,
                message: `${folder}/ may import ${['itself', ...allowed].join(', ')}: imports point one way.`,
              })),
            ...Object.entries(homes)
              .filter(([, paths]) => !paths.some((path) => path.startsWith(folder)))
              .map(([name, paths]) => ({
                regex: `^${name}(/|$)`,
                message: `${name} lives in ${paths.join(', ')} only.`,
              })),
          ],
        },
      ],
    },
  })),
);
