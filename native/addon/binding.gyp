{
  "targets": [
    {
      "target_name": "signalbox",
      "defines": ["NAPI_VERSION=9", "NODE_API_NO_EXTERNAL_BUFFERS_ALLOWED", "_GNU_SOURCE"],
      "cflags": ["-std=c11", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-fvisibility=hidden", "-O2"],
      "conditions": [
        [
          "OS=='linux'",
          {
            "sources": [
              "src/addon.c",
              "src/arguments.c",
              "src/seqpacket.c",
              "src/seqpacket-watch.c",
              "src/seqpacket-batch.c",
              "src/folder-lock.c",
              "src/region.c",
              "src/region-guard.c",
              "src/region-exchange.c",
              "src/region-watch.c",
              "src/tcp-door.c",
              "src/tcp-door-watch.c"
            ],
            "libraries": ["-lpthread", "-ldl"]
          },
          "OS=='win'",
          {
            # Never built by the compiler of Windows so far: scripts/lib/cross-addon.mjs compiles these files with mingw-w64.
            "sources": [
              "src/arguments.c",
              "src/win32-addon.c",
              "src/win32-pipe.c",
              "src/win32-pipe-listener.c",
              "src/win32-socket.c",
              "src/win32-socket-watch.c"
            ],
            "defines": ["_WIN32_WINNT=0x0A00", "_CRT_SECURE_NO_WARNINGS"],
            "libraries": ["advapi32.lib"],
            "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/std:c11"] } }
          },
          { "sources": ["src/addon-empty.c"] }
        ]
      ]
    }
  ]
}
