# Completes kubectl-fargate in PowerShell. `kubectl fargate` is completed by kubectl: kubectl fargate completion install

Register-ArgumentCompleter -Native -CommandName 'kubectl-fargate', 'kubectl-fargate.exe' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $elements = @($commandAst.CommandElements | Where-Object { $_.Extent.StartOffset -lt $cursorPosition })
    $program = if ($elements[0].Value) { $elements[0].Value } else { 'kubectl-fargate' }
    if (-not (Get-Command -Name $program -CommandType Application -ErrorAction Ignore)) { $program = 'kubectl-fargate' }
    $typed = @($elements | Select-Object -Skip 1 | ForEach-Object {
            if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text }
        })
    # Older PowerShells pass no empty words.
    $asked = if ($wordToComplete -eq '') { '__complete-next' } else { '__complete' }

    $directive = ''
    $entries = @()
    foreach ($line in @($null | & $program $asked @typed 2>$null)) {
        if ($line -match '^:(\d+)$') { $directive = $Matches[1] } else { $entries += , ($line -split "`t", 2) }
    }
    # PowerShell replaces the whole word, the answer is about what stands behind --flag=.
    $before = if ($wordToComplete -match '^-[^=]*=') { $Matches[0] } else { '' }
    foreach ($entry in $entries) {
        $tip = if ($entry.Count -gt 1 -and $entry[1]) { $entry[1] } else { $entry[0] }
        [System.Management.Automation.CompletionResult]::new($before + $entry[0], $entry[0], 'ParameterValue', $tip)
    }
    # Where nothing is answered, PowerShell offers files.
    if ($entries.Count -eq 0 -and $directive -ne '0') { '' }
}
